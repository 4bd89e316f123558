/**
 * Work that leaves a home to somebody who can fail. It lies in the home until its result is committed: claimed in one
 * commit, performed behind it, and struck off by another. Performed twice under the same id it does no harm.
 */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Disposition } from '../contracts/inbox.ts'
import type { StoredBecause, Temporary } from '../contracts/message-store.ts'
import type { Preferences } from '../../preferences/model.ts'
import type { PushAddress, PushedSummary } from '../contracts/push.ts'

/** X9: what decides of each part whether it is kept, the first that matches. */
export type Cut = NonNullable<NonNullable<Preferences['deferred']>['parts']>

/** The end of a message, for the home of who sent it. */
export interface ReportTask {
  readonly kind: 'report'
  readonly to: Xui
  readonly messageId: string
  /** Whom the message was for; what was written before this was kept lacks it. */
  readonly recipient?: string
  readonly disposition: Disposition
  readonly because?: string
  readonly at: Instant
}

/** B §5.2.2.1.3: to a different address. */
export interface ForwardTask {
  readonly kind: 'forward'
  readonly to: string
}

/** Into the message store. Recorded (X13), it has another way to its end beside. */
export interface StoreTask {
  readonly kind: 'store'
  readonly because: StoredBecause
  readonly temporary?: Temporary
  readonly quietly: boolean
  /** X9. */
  readonly cut?: Cut
}

/** S3: a temporary object expires. */
export interface SettleTask {
  readonly kind: 'settle'
}

/** S2: what came quietly is told. */
export interface TellTask {
  readonly kind: 'tell'
}

export interface InterworkTask {
  readonly kind: 'interwork'
  /** The first one is tried now; what refuses for good is taken off. */
  readonly services: readonly { readonly name: string; readonly address: string }[]
  /** X9. */
  readonly cut?: Cut
}

/** U1: a service took it and will say what became of it; until then, or until its time is over, nobody is told. */
export interface ReceiptTask {
  readonly kind: 'receipt'
}

/** D6: said to a device that is not registered. */
export interface PushTask {
  readonly kind: 'push'
  readonly device: string
  readonly address: PushAddress
  /** Messages by their ids: what no longer waits when it goes out is not announced. */
  readonly content: PushedSummary | { readonly kind: 'deferred'; readonly messages: readonly string[] }
  /** D4: it is about senders whom do-not-disturb lets through. */
  readonly despiteQuiet?: true
  readonly until: Instant
}

export type Task = ReportTask | ForwardTask | StoreTask | SettleTask | TellTask | InterworkTask | ReceiptTask | PushTask

/** That somebody performs it. Once its time is over somebody else may, with the next generation. */
export interface WorkClaim {
  readonly generation: number
  readonly until: Instant
}

export interface Work {
  /** The same for every attempt, and never that of other work in this home. */
  readonly id: string
  /** The message that it is about; missing for `tell`. */
  readonly message?: string
  /** How many were begun. */
  readonly attempt: number
  readonly notBefore: Instant
  /** From then on it is given up. Without it the expiry of its message is its end, if it has one. */
  readonly until?: Instant
  readonly claim?: WorkClaim
  readonly task: Task
}

export interface ClaimedWork extends Work {
  readonly claim: WorkClaim
}

/** Which end of a message a task is the way to; `undefined` for what accompanies it. */
export function leadsTo(task: Task): 'stored' | 'forwarded' | 'interworked' | 'handed-over' | undefined {
  if (task.kind === 'forward') return 'forwarded'
  if (task.kind === 'interwork') return 'interworked'
  if (task.kind !== 'store' || task.because === 'recorded') return undefined
  return task.because === 'hand-over' ? 'handed-over' : 'stored'
}

/** Whether the message itself is looked at when it is performed, or when it is over. */
export function needsMessage({ kind }: Task): boolean {
  return kind === 'store' || kind === 'forward' || kind === 'interwork' || kind === 'receipt'
}

export function newWork(id: string, message: string | undefined, task: Task, notBefore: Instant): Work {
  return { id, ...(message === undefined ? {} : { message }), attempt: 0, notBefore, task }
}
