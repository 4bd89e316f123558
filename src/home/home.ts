/**
 * One user is the unit (`src/README.md`): what must be all or nothing is one user's, and lies in his home.
 *
 * A home is read at a revision; a new state of it is committed only if nobody else committed one meanwhile, else the
 * caller decides again on the new state (`update.ts`). Its parts are typed by the rooms that own them and opaque to the
 * others.
 */
import type { Instant } from '../clock.ts'
import type { Etag, Owner } from '../names.ts'

/** Names an immutable document text in the store. Never used twice. */
export type TextId = string

/** What the home knows of one document. The text lies beside the home, under `text`. */
export interface DocumentEntry {
  readonly etag: Etag
  readonly text: TextId
  /** Bytes. */
  readonly size: number
  readonly changed: Instant
  /** The XUI of who wrote it. */
  readonly by: string
}

/**
 * A document as it was until another text took its place, or it was deleted. Its text is kept as long as the version
 * is, and for a while after it: someone may just have read the old state.
 */
export interface Version extends DocumentEntry {
  /** When it ceased to be the present one. */
  readonly replaced: Instant
}

/**
 * A part of a home: plain JSON data (no `undefined` inside, no Map, no Date), replaced as a whole, never changed in
 * place.
 */
export interface Part<T> {
  readonly name: string
  /** What a home has that never had this part. */
  readonly empty: T
}

export interface Home {
  readonly owner: Owner
  /** 0 for a home that was never committed. */
  readonly revision: number
  /** The index of the documents, by `documentKey`. */
  readonly documents: ReadonlyMap<string, DocumentEntry>
  /** By the name of the part. Read and replaced with `partOf` and `withPart`. */
  readonly parts: ReadonlyMap<string, unknown>
  /**
   * The next instant at which time alone decides something here; now or earlier: this home waits to be reconsidered.
   */
  readonly next: Instant | undefined
  /** The part that is left out of `parts` (`Homes.readWithout`). */
  readonly without?: string
  /** Of that list, as it was committed (`Commit.totals`); missing in a store that does not keep it. */
  readonly totals?: unknown
}

export function emptyHome(owner: Owner): Home {
  return { owner, revision: 0, documents: new Map(), parts: new Map(), next: undefined }
}

/** Whether a home has what is asked for, where that list may be missing. */
export function isEnough(home: Home, without: string | undefined): boolean {
  return home.without === undefined || home.without === without
}

/** The key of a document within its home: `org.cpm-xdms.profiles/work`. */
export function documentKey(auid: string, name: string): string {
  return `${auid}/${name}`
}

/** The documents of one usage, by their names, in the order of these. */
export function documentsOf(home: Home, auid: string): readonly (readonly [name: string, entry: DocumentEntry])[] {
  const prefix = documentKey(auid, '')
  return [...home.documents]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, entry]) => [key.slice(prefix.length), entry] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
}

export function partOf<T>(home: Home, part: Part<T>): T {
  const value = home.parts.get(part.name)
  return value === undefined ? part.empty : (value as T)
}

export function withPart<T>(home: Home, part: Part<T>, value: T): Home {
  return { ...home, parts: new Map(home.parts).set(part.name, value) }
}

/**
 * A change of a document, as it is kept in the journal. ETags without quotes; `previousEtag` is missing for a new
 * document, `newEtag` for one that is gone.
 */
export interface ChangeRecord {
  readonly kind: 'change'
  /** As `selectorText` prints it. */
  readonly document: string
  readonly previousEtag?: string
  readonly newEtag?: string
  readonly at: Instant
  readonly by: string
}

/**
 * What leaves a home with a commit: `journal` goes to the journal of changes, `message` brings a message's own record
 * up to date.
 */
export type OutboxEntry =
  | { readonly kind: 'journal'; readonly owner: Owner; readonly record: ChangeRecord | OpaqueRecord }
  /** `value` replaces the record's value. From `sweepAt` on (if given) the record and its body may be removed. */
  | { readonly kind: 'message'; readonly id: string; readonly value: unknown; readonly sweepAt?: Instant }

/** A record of the journal whose shape belongs to a higher room (`feed/` reads them all): plain JSON with a `kind`. */
export interface OpaqueRecord {
  readonly kind: 'state' | 'report' | 'stored' | 'subscription'
  readonly [field: string]: unknown
}

/** A message's own record. It is made in the commit that accepts the message, so both exist or neither does. */
export interface NewMessage {
  readonly id: string
  /** The sender's key. A commit with a name that another message has is refused with `duplicate-message`. */
  readonly uniqueName: string
  /** Whose home the message waits in. */
  readonly owner: Owner
  /** Plain JSON, typed by `participating/`. Its `messageId`, where it has one, can be searched for. */
  readonly value: unknown
  /** Missing where nobody will ask for it. */
  readonly body?: Uint8Array
  /** Given for a message that has ended already: from then on the record may be removed. */
  readonly sweepAt?: Instant
}

export interface StoredMessage {
  readonly id: string
  readonly owner: Owner
  readonly value: unknown
}

/** Everything that becomes durable together, or not at all. */
export interface Commit {
  /** The new state, with the revision at which the old one was read. A part that was left out stays as it is. */
  readonly home: Home
  /** What is put behind the list that `home` leaves out, none of which is in it. */
  readonly behind?: readonly { readonly id: string }[]
  /**
   * What is to be known of a list by whoever reads the home without it: plain JSON, as the list is behind this commit.
   * Asked for where it is kept; `undefined`: nothing is.
   */
  readonly totals?: { readonly part: string; readonly value: () => unknown }
  readonly texts?: readonly { readonly id: TextId; readonly bytes: Uint8Array }[]
  /**
   * Deleted means gone: with this commit all versions in this home go, and what it replaces or removes becomes none.
   */
  readonly forgetsVersions?: true
  readonly messages?: readonly NewMessage[]
  readonly outbox?: readonly OutboxEntry[]
  /** Messages that this home needs no more: their bodies go with it. Their records stay until they are swept. */
  readonly unneeded?: readonly string[]
}

export type Committed =
  | { readonly kind: 'committed'; readonly home: Home }
  /** Somebody else committed this home since it was read: nothing was stored. */
  | { readonly kind: 'conflict' }
  /** A message's unique name belongs to another message: nothing was stored. */
  | { readonly kind: 'duplicate-message' }

/**
 * What the rooms need from storage. Implemented in `store/`, handed in by `assemble`. Every promise that does not
 * resolve in time, or meets a store that is down or full, rejects with `Refused` of kind `unavailable`; a commit that
 * would make a home larger than the store can keep, with `over-quota`.
 */
export interface Homes {
  /** The present state; an empty home at revision 0 when there is none. */
  read(owner: Owner): Promise<Home>
  /**
   * The present state, where a list of things with an `id` may be left out, however long it is: a home that says so in
   * `without`. While it is at that revision, it is given with the `parts` that it was committed with, if they are still
   * in memory; and with what that commit says of the list, if the store keeps that.
   */
  readonly readWithout?: (owner: Owner, part: string) => Promise<Home>
  /** Resolves when the commit is on stable storage. Commits that come together share one sync. */
  commit(commit: Commit): Promise<Committed>
  text(id: TextId): Promise<Uint8Array | undefined>
  /**
   * What a document was before, the newest first, also for one that is gone: every entry that a commit replaced by one
   * with another text, or removed. Kept by count and by age, as the store was told when it was opened.
   */
  versions(owner: Owner, key: string): Promise<readonly Version[]>
  /** Homes whose `next` is at or before `until`, the earliest first. */
  due(until: Instant, limit: number): Promise<readonly Owner[]>
  /** The earliest `next` of all homes. */
  earliest(): Promise<Instant | undefined>
  /**
   * Homes that have a `next`, in the order of their owners, behind `after`: whom a change of the policy can concern.
   */
  scheduled(after: string, limit: number): Promise<readonly Owner[]>
  /**
   * Called after every durable commit, by this process or (seen within a second) by another: `owner` is missing when it
   * is not known which. Returns how to stop.
   */
  onCommit(listener: (owner: Owner | undefined, next: Instant | undefined) => void): () => void
}

/** Which records are wanted: those with one sender's id, or those that wait (or have ended), of one home or all. */
export type MessageSearch =
  | { readonly by: 'message-id'; readonly messageId: string }
  | { readonly by: 'state'; readonly hasEnded: boolean; readonly owner?: Owner }

export type MessagePlace = Pick<StoredMessage, 'owner' | 'id'>

/** The messages' own records and bodies. */
export interface Messages {
  /**
   * At most `limit`, in the order of owners and ids, behind `after`; none: there are no more. Found by an index, so
   * that it costs as much as it returns. What is being committed meanwhile may be there or not.
   */
  search(search: MessageSearch, after: MessagePlace, limit: number): Promise<readonly StoredMessage[]>
  byId(id: string): Promise<StoredMessage | undefined>
  byName(uniqueName: string): Promise<StoredMessage | undefined>
  /** `undefined` where no home needs it any more, too. */
  body(id: string): Promise<Uint8Array | undefined>
}
