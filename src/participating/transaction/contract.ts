/** What this room is handed, and what a command may ask of a transaction. */
import type { Accounts } from '../../access/account.ts'
import type { Clock, Randomness } from '../../clock.ts'
import type { Home, Homes, Messages } from '../../home/home.ts'
import type { Leases } from '../../home/leases.ts'
import type { Xui } from '../../names.ts'
import type { UserPreferences } from '../../preferences/in-force.ts'
import type { Unsaved } from '../../preferences/unsaved.ts'
import type { Adaptation } from '../contracts/adaptation.ts'
import type { Forwarding } from '../contracts/forwarding.ts'
import type { Interworking } from '../contracts/interworking.ts'
import type { MessageStore } from '../contracts/message-store.ts'
import type { Push } from '../contracts/push.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import type { Failpoint, ParticipatingLog, ParticipatingSettings } from '../settings.ts'
import type { Queue } from '../state/queue.ts'
import type { Reference } from '../state/reference.ts'
import type { Confirmed, Displayed, Ending } from './end.ts'
import type { Arrival, Records } from './records.ts'

/** Each behind its contract. */
export interface ParticipatingPeers {
  readonly messageStore?: MessageStore
  readonly adaptation?: Adaptation
  readonly interworking?: Interworking
  readonly forwarding?: Forwarding
  readonly push?: Pick<Push, 'push' | 'refusalOf' | 'webhookSecret'>
}

/** What `assemble` hands in. */
export interface ParticipatingRooms {
  readonly homes: Homes
  readonly messages: Messages
  readonly leases: Leases
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: Randomness
  readonly preferencesOf: (home: Home, unsaved?: Unsaved) => Promise<UserPreferences>
  /** What it asks of others; one that is missing is asked nothing. */
  readonly peers: ParticipatingPeers
  readonly settings: ParticipatingSettings
  readonly log: ParticipatingLog
  readonly failpoint: Failpoint
}

/** What a change may look at: the state it is decided on, at this revision. */
export interface Before {
  readonly queue: Queue
  readonly evaluation: Evaluation
}

export interface After {
  readonly queue: Queue
  readonly evaluation: Evaluation
  readonly records: Records
}

export interface Change<T> {
  readonly queue: Queue
  readonly arrivals?: readonly Arrival[]
  readonly ended?: readonly Ending[]
  /** A message that a device has shown (U5). */
  readonly displayed?: Displayed
  /** U1: of messages that a service took, what became of them. */
  readonly confirmed?: readonly Confirmed[]
  /** U1: under which a service will report. */
  readonly references?: readonly Reference[]
  /** Commits even where nothing changed, so that whoever decides at the same time decides again. */
  readonly insists?: boolean
  /** A device gets something beside what its inbox gets. */
  readonly offers?: boolean
  /** Nothing is another but what was put behind all that waits, and the work beside it. */
  readonly isArrival?: true
  readonly answer: (after: After) => T | Promise<T>
}

/** Called again after a conflict, so it changes nothing outside itself. */
export type Changing<T> = (before: Before) => Promise<Change<T>> | Change<T>

/**
 * @param asks `totals`: of what waits, the change asks for no more than `totalsOf` says, and is an arrival. It may be
 * given the list all the same.
 * @throws what `change` throws, DuplicateMessage for an arrival whose name another message has, Refused `unavailable`.
 */
export type Transact = <T>(owner: Xui, change: Changing<T>, asks?: 'all' | 'totals') => Promise<T>
