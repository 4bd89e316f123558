/**
 * Everything that a store keeps, as items that every store understands: read from one, written into another, under the
 * same revisions, positions, ids and ETags. So a subscriber goes on with his last id, and a client with the ETag that
 * he has. Leases stay: they say who does what now.
 */
import type { Account } from '../access/account.ts'
import type { KeptEntry } from '../access/trail.ts'
import type { Instant } from '../clock.ts'
import type { JournalEntry, Position } from '../feed/journal.ts'
import type { DocumentEntry, Home, NewMessage, TextId, Version } from '../home/home.ts'
import type { ReservedName } from '../home/reservations.ts'
import type { Owner } from '../names.ts'

/**
 * In its kind, an item stands behind all with a smaller key, texts by their UTF-8 bytes: its name, XUI or id; instant
 * and text; owner, document and revision; space and name; owner; position.
 */
interface Items {
  /** The realm, the feed's key. */
  readonly kept: { readonly name: string; readonly value: string }
  readonly account: Account
  /** Also one that nothing mentions any more, until it is swept. */
  readonly text: { readonly id: TextId; readonly bytes: Uint8Array }
  /** Since when nothing mentions a text. */
  readonly dropped: { readonly at: Instant; readonly text: TextId }
  readonly message: NewMessage
  /** `document`: its key in its home; `revision`: the one that the home got when this ceased to be the present one. */
  readonly version: { readonly owner: Owner; readonly document: string; readonly revision: number } & Version
  /** Void or not. Its version is not moved: nobody is in the middle of taking it over. */
  readonly reservation: ReservedName & { readonly owner: Owner; readonly since: Instant }
  readonly trail: KeptEntry
  /** `documents` and `parts` in the order of their names. */
  readonly home: {
    readonly owner: Owner
    readonly revision: number
    readonly next?: Instant
    readonly documents: readonly (readonly [string, DocumentEntry])[]
    readonly parts: readonly (readonly [string, unknown])[]
  }
  /** This owner's entries in the journal up to this position are gone, before their time. */
  readonly cut: { readonly owner: Owner; readonly position: Position }
  /** `at`: when it was appended. */
  readonly journal: JournalEntry & { readonly at: Instant }
  /** The last position that was given, also where its entry was swept. One item, always there. */
  readonly head: { readonly position: Position }
}
export type Kind = keyof Items
export type ItemOf<K extends Kind> = { readonly kind: K } & Items[K]
export type Item = { [K in Kind]: ItemOf<K> }[Kind]
export type Counts = Readonly<Record<Kind, number>>

/** The kinds of items, in the order in which they move. */
export const KINDS = [
  'kept',
  'account',
  'text',
  'dropped',
  'message',
  'version',
  'reservation',
  'trail',
  'home',
  'cut',
  'journal',
  'head',
] as const satisfies readonly Kind[]

/** What a store holds at one moment. */
export interface Snapshot {
  /** How many items there are, or (where a store cannot know before it has read them) about; 0: there is none. */
  readonly counts: Counts
  /** All of them, kind by kind as in `KINDS`. @throws Refused `unavailable` */
  items(): AsyncIterable<Item>
  /** A store that cannot hold a moment finds out whether another process has written since. */
  isOfOneMoment(): Promise<boolean>
  close(): Promise<void>
}

/** Which import has begun. It lies in the store while the import is not complete. */
export interface ImportMark {
  /** Names the import: the SHA-256 that its file ends with. */
  readonly import: string
  /** The file's name, for people. */
  readonly file: string
}

export interface Transfer {
  /** @throws Refused `unavailable` */
  snapshot(): Promise<Snapshot>
  /** The mark of an import that has begun and is not complete. No server serves a store with one. */
  unfinished(): Promise<ImportMark | undefined>
  /** Compare and swap, also from none and to none. @returns false where the store has another one than `before`. */
  mark(before: ImportMark | undefined, after: ImportMark | undefined): Promise<boolean>
  /**
   * Writes items durably. Writing the same again does no harm.
   * @returns false when the store has no such mark any more: another process has finished this import.
   */
  write(items: readonly Item[], mark: ImportMark): Promise<boolean>
  /** Forgets a kept value, which is made anew when somebody asks for it. */
  forget(name: string): Promise<void>
}

/** No items of any kind. */
export function noCounts(): Record<Kind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>
}

export const sum = (counts: Counts): number => KINDS.reduce((all, kind) => all + counts[kind], 0)

/** The head is always there, and counts for nothing. */
export const isEmpty = (counts: Counts): boolean => KINDS.every((kind) => kind === 'head' || counts[kind] === 0)

export function homeItem({ owner, revision, next, documents, parts }: Home): Item {
  const byName = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
    [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const item = { kind: 'home', owner, revision, documents: byName(documents), parts: byName(parts) } as const
  return next === undefined ? item : { ...item, next }
}

/**
 * Whoever serves a store asks for this before he writes anything, and again behind his first write: an import may begin
 * between them.
 * @throws Error in words for people.
 */
export async function mustBeWhole({ path, transfer }: { path: string; transfer: Transfer }): Promise<void> {
  const mark = await transfer.unfinished()
  if (mark === undefined) return
  const again = `run it again, \`cpm-xdms import ${mark.file}\`, or take another, empty store`
  throw new Error(`An import of ${mark.file} into the store ${path} was not finished: ${again}.`)
}
