/**
 * C3, S1–S4: the message store of all users. What is handed over is temporary until it is read or expires. Who calls
 * sees to the instants and to do-not-disturb; the store keeps what it is told, under the message's id, once.
 */
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Again, Attempted, Never } from './attempt.ts'

/** Why it is there. */
export type StoredBecause = 'preference' | 'hand-over' | 'expired' | 'user-action' | 'recorded'

export interface StoredEntry {
  /** The message's. Safe in a URL and in a header field. */
  readonly id: string
  readonly owner: Xui
  readonly messageId: string
  /** `sip:anonymous@anonymous.invalid` where nobody is to know. */
  readonly from: string
  readonly to: string
  readonly subject?: string
  readonly contentType: string
  readonly conversation?: string
  readonly sent: Instant
  readonly because: StoredBecause
  /** S1: a temporary object; without it an ordinary one. */
  readonly temporary?: Temporary
}

export interface Temporary {
  readonly expires: Instant
  readonly onExpiry: 'discard' | 'store'
}

/** What a list shows. Read, it is ordinary (S3), so `temporary` is missing then. */
export interface StoredView extends StoredEntry {
  readonly size: number
  readonly stored: Instant
  readonly read: boolean
}

export interface StoredPage {
  readonly messages: readonly StoredView[]
  /** Where the next page begins; missing on the last one. */
  readonly next?: string
}

export interface Putting {
  readonly entry: StoredEntry
  readonly body: Uint8Array
  /** S2: the last value received was do-not-disturb, so its arrival is not told until `tell`. */
  readonly quietly: boolean
}

/** `nothing`: there is no temporary object under that id any more. */
export type Settled =
  | Again
  | Never
  | { readonly kind: 'removed' }
  | { readonly kind: 'kept' }
  | { readonly kind: 'nothing' }

export interface MessageStore {
  /** Exactly once for its id: what is there is left alone, but a temporary object becomes an ordinary one (U4). */
  put(putting: Putting, signal: AbortSignal): Promise<Attempted>
  /**
   * S3: its instant has come. Unread it goes or becomes ordinary, as its `onExpiry` says; read it is ordinary. Harmless
   * twice.
   */
  settle(owner: Xui, id: string, signal: AbortSignal): Promise<Settled>
  /** S2: do-not-disturb is off, or something arrives without it: what was put quietly is told. */
  tell(owner: Xui, signal: AbortSignal): Promise<Attempted>

  /** Oldest first. @throws Refused `unavailable` while the store cannot be reached, as all below. */
  list(owner: Xui, after: string | undefined, limit: number): Promise<StoredPage>
  open(owner: Xui, id: string): Promise<{ readonly view: StoredView; readonly body: Uint8Array } | undefined>
  /** False: it is not there. */
  markRead(owner: Xui, id: string): Promise<boolean>
  remove(owner: Xui, id: string): Promise<boolean>

  close(): Promise<void>
}
