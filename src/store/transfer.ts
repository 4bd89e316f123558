/**
 * Everything that a store keeps, as items that every store understands: read from one, written into another, under the
 * same revisions, positions, ids and ETags. So a subscriber goes on with his last id, and a client with the ETag that
 * he has. Leases stay: they say who does what now.
 */
import type { Account } from '../access/account.ts'
import type { KeptEntry } from '../access/trail.ts'
import type { Instant } from '../clock.ts'
import type { JournalRecord, Position } from '../feed/journal.ts'
import type { DocumentEntry, TextId, Version } from '../home/home.ts'
import type { Owner } from '../names.ts'

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
] as const
export type Kind = (typeof KINDS)[number]

/**
 * In its kind, an item stands behind all with a smaller key: texts by their UTF-8 bytes, of several parts the first
 * decides first.
 */
export type Item =
  /** The realm, the feed's key. Key: `name`. */
  | { readonly kind: 'kept'; readonly name: string; readonly value: string }
  /** Key: `xui`. */
  | ({ readonly kind: 'account' } & Account)
  /** Key: `id`. Also one that nothing mentions any more, until it is swept. */
  | { readonly kind: 'text'; readonly id: TextId; readonly bytes: Uint8Array }
  /** Since when nothing mentions a text. Key: `at`, `text`. */
  | { readonly kind: 'dropped'; readonly at: Instant; readonly text: TextId }
  /** Key: `id`. */
  | {
      readonly kind: 'message'
      readonly id: string
      readonly uniqueName: string
      readonly owner: Owner
      readonly value: unknown
      /** Missing where it has ended, and nobody needs it any more. */
      readonly body?: Uint8Array
      readonly sweepAt?: Instant
    }
  /**
   * `document` is the document's key in its home; `revision` is the one that the home got when this ceased to be the
   * present one. Key: `owner`, `document`, `revision`.
   */
  | ({
      readonly kind: 'version'
      readonly owner: Owner
      readonly document: string
      readonly revision: number
    } & Version)
  /** Void or not. Its version is not moved: nobody is in the middle of taking it over. Key: `space`, `name`. */
  | {
      readonly kind: 'reservation'
      readonly space: string
      readonly name: string
      readonly owner: Owner
      readonly since: Instant
    }
  /** Key: `id`. */
  | ({ readonly kind: 'trail' } & KeptEntry)
  /** `documents` and `parts` in the order of their names. Key: `owner`. */
  | {
      readonly kind: 'home'
      readonly owner: Owner
      readonly revision: number
      readonly next?: Instant
      readonly documents: readonly (readonly [string, DocumentEntry])[]
      readonly parts: readonly (readonly [string, unknown])[]
    }
  /** This owner's entries in the journal up to this position are gone, before their time. Key: `owner`. */
  | { readonly kind: 'cut'; readonly owner: Owner; readonly position: Position }
  /** `at`: when it was appended. Key: `position`. */
  | {
      readonly kind: 'journal'
      readonly position: Position
      readonly at: Instant
      readonly owner: Owner
      readonly record: JournalRecord
    }
  /** The last position that was given, also where its entry was swept. One item, always there. */
  | { readonly kind: 'head'; readonly position: Position }

export type ItemOf<K extends Kind> = Item & { readonly kind: K }
export type Counts = Readonly<Record<Kind, number>>

/** What a store holds at one moment. */
export interface Snapshot {
  /**
   * How many items there are, or (where a store cannot know before it has read them) about; none of a kind only if
   * there is none.
   */
  readonly counts: Counts
  /** All of them, kind by kind as in `KINDS`. @throws Refused `unavailable` */
  items(): AsyncIterable<Item>
  /**
   * Whether all that was read was of that one moment. A store that cannot hold a moment finds out whether another
   * process has written since.
   */
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
  /** Which kind of store this is, for people. */
  readonly store: string
  /** @throws Refused `unavailable` */
  snapshot(): Promise<Snapshot>
  /** What the database finds wrong with itself, a sentence for each; none where it cannot be asked that. */
  damage(): Promise<readonly string[]>
  /** The mark of an import that has begun and is not complete. */
  unfinished(): Promise<ImportMark | undefined>
  /**
   * Marks an empty store as being imported into: from then on no server serves it. A store that has a mark keeps it.
   * @returns the mark that the store has now; `undefined`: there is something in the store, and it is left as it was.
   */
  begin(mark: ImportMark): Promise<ImportMark | undefined>
  /**
   * Writes items durably. Writing the same again does no harm.
   * @returns false when the store has no such mark any more: another process has finished this import.
   */
  write(items: readonly Item[], mark: ImportMark): Promise<boolean>
  /** Forgets a kept value, which is made anew when somebody asks for it. */
  forget(name: string): Promise<void>
  /** Takes the mark away: everything is there. */
  finish(mark: ImportMark): Promise<void>
}

/** No items of any kind. */
export function noCounts(): Record<Kind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>
}

/** The head is always there, and counts for nothing. */
export function isEmpty(counts: Counts): boolean {
  return KINDS.every((kind) => kind === 'head' || counts[kind] === 0)
}

/**
 * Whoever serves a store asks for this before he writes anything, and again behind his first write: an import may begin
 * between them.
 * @throws Error in words for people.
 */
export async function mustBeWhole({
  path,
  transfer,
}: {
  readonly path: string
  readonly transfer: Transfer
}): Promise<void> {
  const mark = await transfer.unfinished()
  if (mark === undefined) return
  const again = `run it again, \`cpm-xdms import ${mark.file}\`, or take another, empty store`
  throw new Error(`An import of ${mark.file} into the store ${path} was not finished: ${again}.`)
}
