/** A place where everything lies that must survive. Whoever opens one hands it to the rooms below piece by piece. */
import type { Accounts } from '../access/account.ts'
import type { Trail } from '../access/trail.ts'
import type { Journal } from '../feed/journal.ts'
import type { Homes, Messages } from '../home/home.ts'
import type { Leases } from '../home/leases.ts'
import type { Reservations } from '../home/reservations.ts'
import type { Transfer } from './transfer.ts'

/**
 * The value kept under `name` since somebody first asked for it; `make` gives it then. All processes on one store get
 * the same.
 */
type Metadata = (name: string, make: () => string) => Promise<string>

/** How long things stay that are no longer needed, in milliseconds, and how many. */
export interface Retention {
  /** A record of the journal, so that a subscriber who was away can resume. */
  readonly journal: number
  /** A text that its home no longer mentions: someone may just have read the old state. */
  readonly droppedText: number
  /** An earlier version of a document. */
  readonly version: number
  /** Versions of one document, the newest of them; 0: none. */
  readonly versionsAtMost: number
  /**
   * Bytes of all versions of one user together, each with about what its row takes; beyond them his oldest go first.
   */
  readonly versionBytesAtMost: number
  /** Bytes of the records of one user's ended messages that nothing needs any more; the oldest go first. */
  readonly endedBytesAtMost: number
  /** Bytes of one user's dropped texts; the oldest go first, also before their time. */
  readonly droppedBytesAtMost: number
  /** Bytes of one user's records in the journal; the oldest go first, and who had not read them is told so. */
  readonly journalBytesAtMost: number
  /** An entry of the trail. */
  readonly trail: number
  /** Entries of the trail, the newest of them. */
  readonly trailAtMost: number
}

/** About so many bytes a version takes beside its text. */
export const VERSION_ROW_BYTES = 512

/** About so many bytes the record of an ended message takes beside its value, with its names. */
export const ENDED_ROW_BYTES = 512

/** About so many bytes an entry of the journal takes beside its record. */
export const JOURNAL_ROW_BYTES = 256

export const DEFAULT_RETENTION: Retention = {
  journal: 7 * 86_400_000,
  droppedText: 600_000,
  version: 90 * 86_400_000,
  versionsAtMost: 20,
  versionBytesAtMost: 32 * 1024 * 1024,
  endedBytesAtMost: 16 * 1024 * 1024,
  droppedBytesAtMost: 16 * 1024 * 1024,
  journalBytesAtMost: 8 * 1024 * 1024,
  trail: 400 * 86_400_000,
  trailAtMost: 200_000,
}

/** Counts since the store was opened. */
interface StoreFigures {
  /** Groups of commits that became durable together, with one sync. */
  readonly transactions: number
  /** Commits of homes that became durable. */
  readonly commits: number
  /** Commits refused because another one came first. */
  readonly conflicts: number
  /** Groups that were refused as a whole, because the store could not write. */
  readonly failures: number
}

/** In bytes. */
export interface StoreSpace {
  readonly bytes?: number
  readonly free?: number
}

/** How many were removed. */
export interface Swept {
  readonly versions: number
  readonly texts: number
  readonly messages: number
  readonly journal: number
  readonly reservations: number
  readonly trail: number
}

export interface Store {
  readonly homes: Homes
  readonly messages: Messages
  readonly reservations: Reservations
  readonly leases: Leases
  readonly journal: Journal
  readonly accounts: Accounts
  readonly trail: Trail
  readonly metadata: Metadata
  /** Everything above, out and in again. */
  readonly transfer: Transfer
  /** What the database finds wrong with itself, a sentence for each; none where it cannot be asked that. */
  damage(): Promise<readonly string[]>
  /** Where it lies, for people: an absolute path, or an address without its password. */
  readonly path: string
  /** Resolves when the store has just read and written durably. @throws Refused `unavailable` */
  ready(): Promise<void>
  /** One request: what it asks of the store may take only so long altogether, then it is refused as `unavailable`. */
  withinDeadline<T>(work: () => Promise<T>): Promise<T>
  figures(): StoreFigures
  /** How much it takes and how much is left, as far as that can be known. @throws Refused `unavailable` */
  space(): Promise<StoreSpace>
  /**
   * Removes what nobody needs any more: old versions, dropped texts, ended messages, old records of the journal, void
   * reservations. Somebody calls it now and then.
   */
  sweep(): Promise<Swept>
  /** Waits for what is being written, then closes. From then on everything is refused as `unavailable`. */
  close(): Promise<void>
}
