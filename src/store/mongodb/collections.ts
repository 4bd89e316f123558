/**
 * The database on one page: every collection, what its documents are, and by what they are found.
 *
 * Two operations decide who is first, because every database that speaks this protocol does them atomically: an insert
 * under a unique key, and the removal of a document whose `_id` is never used again. Nothing else is relied on: no
 * update decides anything, no transaction, no clock of another machine; but where updates are atomic too, which they
 * are not on FerretDB, a home is replaced (`chain.ts`). An instant is in milliseconds; `state`, `outbox`, `record` and
 * `value` are JSON.
 *
 * On a cluster the shard key is what the first unique index names (`key` of a home is its owner), else `_id`;
 * `versions` go by `owner`, the journal is one chain and stays on one shard.
 */
import type { Binary, Collection, Db, IndexSpecification } from 'mongodb'
import type { Role } from '../../access/account.ts'
import type { Deed } from '../../access/trail.ts'
import type { Instant } from '../../clock.ts'
import type { DocumentEntry, TextId } from '../../home/home.ts'
import type { Owner, Xui } from '../../names.ts'

/**
 * A state of something that is changed by compare and swap (`chain.ts`); the one with the greatest revision is the
 * present one.
 */
export interface Link {
  /** `KEY REVISION`. */
  readonly _id: string
  readonly key: string
  /** Counts up from 1. */
  readonly revision: number
  /** Random: names the change that made it. */
  readonly commit: string
  /** The commits before it, the last one first. */
  readonly trail: readonly string[]
}

/** `key` is the owner. */
export interface HomeLink extends Link {
  /** The index of the documents and the parts, or where these stand (`pages.ts`). */
  readonly state: string
  readonly next?: Instant
  /** The owner, where there is a `next`. */
  readonly scheduled?: string
  /** What left with a commit and may not have arrived everywhere (`outbox.ts`). */
  readonly outbox: string
  /** There where the outbox is not empty. */
  readonly pending?: true
  /** Versions that ended at this revision or before are forgotten. */
  readonly forgot: number
}

/** `key`: space and name. Without an owner: given back. */
export interface ReservationLink extends Link {
  readonly space: string
  readonly name: string
  readonly owner?: Owner
  readonly since: Instant
  /** When it was given back. */
  readonly free?: Instant
}

/** `key` is the name of the lease. */
export interface LeaseLink extends Link {
  readonly token: number
  readonly holder?: string
  readonly beat: string
}

/** `key` is `import`. Without a mark: none is on its way. */
export interface ImportLink extends Link {
  readonly mark?: string
}

/** The last change of any account; there is one chain for all. Without a role: the account is removed. */
export interface AccountChangeLink extends Link {
  readonly xui: Xui
  readonly role?: Role
  readonly credentials: readonly CredentialDocument[]
}

export interface CredentialDocument {
  readonly userName: string
  readonly md5: string
  readonly sha256: string
}

/**
 * An account since the change with that number; the greatest number of an XUI counts. Without a role: it was removed.
 */
export interface AccountDocument {
  /** `XUI NUMBER`. */
  readonly _id: string
  readonly xui: Xui
  readonly number: number
  readonly role?: Role
  readonly credentials: readonly CredentialDocument[]
  readonly userNames: readonly string[]
}

/** A commit that is being made: what it brought is removed if it never came to be. `bodies` are pages, too. */
export interface AttemptDocument {
  /** The commit. */
  readonly _id: string
  readonly owner: Owner
  readonly revision: number
  readonly texts: readonly TextId[]
  readonly bodies: readonly string[]
  readonly at: Instant
}

export interface BytesDocument {
  readonly _id: string
  readonly bytes: Binary
}

/** `_id` is the text. Of one that an earlier version dropped, or an import brought, it is not known whose it was. */
export interface DroppedDocument {
  readonly _id: string
  readonly at: Instant
  readonly owner?: Owner
  readonly size?: number
}

export interface VersionDocument extends DocumentEntry {
  /** `COMMIT:INDEX`. */
  readonly _id: string
  readonly owner: Owner
  readonly key: string
  /** The one that the home got when this ceased to be the present one. */
  readonly revision: number
  readonly replaced: Instant
}

/** Whose a sender's key is, if that commit came to be (`idempotency-keys.ts`). */
export interface NameDocument {
  /** `COMMIT:INDEX`. */
  readonly _id: string
  readonly name: string
  readonly message: string
  /** In whose home the commit is made, and the revision that it gives it. */
  readonly home: Owner
  readonly revision: number
  readonly commit: string
}

/** A message's own record; the greatest revision counts. */
export interface RecordDocument {
  /** `MESSAGE REVISION`. */
  readonly _id: string
  readonly message: string
  /** Of the home that it came from. */
  readonly revision: number
  readonly owner: Owner
  readonly name: string
  readonly value: string
  /** The value's `messageId`. */
  readonly sentAs?: string
  /** Whether it has a `sweepAt`. */
  readonly ended: boolean
  readonly sweepAt?: Instant
}

export interface JournalDocument {
  /** The position. */
  readonly _id: number
  /** Equal for so many positions that follow each other (`journal.ts`). */
  readonly page: number
  /** `COMMIT:INDEX`. */
  readonly source: string
  readonly owner: Owner
  readonly record: string
  readonly at: Instant
  /** It would have been swept, but it is the newest one, which tells the next position. */
  readonly gone?: true
}

/** What it is found by, and the entry as JSON. */
export interface TrailDocument {
  readonly _id: string
  readonly at: Instant
  readonly user: Owner
  readonly what: Deed
  readonly entry: string
}

/** What a server did, for the others: lost ones do no harm. */
export interface HintDocument {
  readonly server: string
  readonly commits: readonly { readonly owner: string; readonly next: Instant | null }[]
  readonly appended: boolean
  readonly accounts: boolean
}

/** The same without details, one document for each server, which alone writes it. */
export interface PulseDocument {
  /** The server. */
  readonly _id: string
  /** Another one each time. */
  readonly beat: string
  readonly at: Instant
}

/** Of this owner's entries in the journal the ones up to this position are gone, before their time. */
export interface JournalCutDocument {
  readonly _id: Owner
  readonly position: number
}

interface Shapes {
  readonly homes: HomeLink
  readonly attempts: AttemptDocument
  readonly texts: BytesDocument
  readonly dropped: DroppedDocument
  readonly versions: VersionDocument
  readonly names: NameDocument
  readonly records: RecordDocument
  /** Of messages, and pages of long lists (`pages.ts`). */
  readonly bodies: BytesDocument
  readonly journal: JournalDocument
  readonly journal_cuts: JournalCutDocument
  readonly reservations: ReservationLink
  readonly trail: TrailDocument
  readonly leases: LeaseLink
  readonly imports: ImportLink
  readonly account_changes: AccountChangeLink
  readonly accounts: AccountDocument
  readonly kept: { readonly _id: string; readonly value: string }
  readonly hints: HintDocument
  readonly pulses: PulseDocument
  readonly schema: { readonly _id: number; readonly since: Instant }
}

export type Name = keyof Shapes
export type Collections = { readonly [N in Name]: Collection<Shapes[N]> }

interface Index {
  readonly key: IndexSpecification & Readonly<Record<string, 1 | -1>>
  readonly unique?: true
  readonly sparse?: true
}

const LINKS: Index = { key: { key: 1, revision: 1 }, unique: true }

/** By `_id` besides. FerretDB takes `sparse` and does not heed it. */
export const INDEXES: Readonly<Record<Name, readonly Index[]>> = {
  homes: [
    LINKS,
    { key: { next: 1, scheduled: 1 }, sparse: true },
    { key: { scheduled: 1 }, sparse: true },
    { key: { pending: 1 }, sparse: true },
  ],
  attempts: [{ key: { at: 1 } }],
  texts: [],
  dropped: [{ key: { at: 1 } }, { key: { owner: 1 }, sparse: true }],
  versions: [{ key: { owner: 1, key: 1, revision: 1 } }, { key: { replaced: 1 } }],
  names: [{ key: { name: 1 }, unique: true }, { key: { message: 1 } }],
  records: [
    { key: { message: 1, revision: 1 } },
    { key: { sweepAt: 1 }, sparse: true },
    { key: { ended: 1, owner: 1, message: 1 } },
    { key: { sentAs: 1, owner: 1, message: 1 }, sparse: true },
  ],
  bodies: [],
  journal: [{ key: { source: 1 }, unique: true }, { key: { page: 1, _id: 1 } }, { key: { owner: 1, _id: 1 } }],
  journal_cuts: [],
  reservations: [
    LINKS,
    { key: { space: 1, name: 1 } },
    { key: { space: 1, owner: 1 } },
    { key: { free: 1 }, sparse: true },
  ],
  trail: [{ key: { user: 1, _id: 1 } }, { key: { what: 1, _id: 1 } }, { key: { at: 1 } }],
  leases: [LINKS],
  imports: [LINKS],
  account_changes: [LINKS],
  accounts: [{ key: { xui: 1, number: 1 } }, { key: { userNames: 1 } }, { key: { role: 1, xui: 1 } }],
  kept: [],
  hints: [],
  pulses: [],
  schema: [],
}

/** What is acknowledged is on the disks of a majority, and nothing is read that could be rolled back. */
export const CONCERNS = {
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: 1_000 },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
} as const

/** @param wtimeoutMS how long a write may take to be on the disks of a majority, if not as long as all others. */
export function collectionsOf(database: Db, wtimeoutMS: number = CONCERNS.writeConcern.wtimeoutMS): Collections {
  const names = Object.keys(INDEXES) as Name[]
  const concerns = { ...CONCERNS, writeConcern: { ...CONCERNS.writeConcern, wtimeoutMS } }
  return Object.fromEntries(names.map((name) => [name, database.collection(name, concerns)])) as unknown as Collections
}
