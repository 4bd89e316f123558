/**
 * The journal of changes. An entry gets its position in the transaction of the commit that brings it, so nothing ever
 * stays behind.
 */
import type { Clock } from '../../clock.ts'
import type { Journal, JournalEntry, JournalRecord } from '../../feed/journal.ts'
import type { OutboxEntry } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import { JOURNAL_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { Database } from './driver.ts'
import { createChain, createExcess, endAt, linksBehind, type JournalEnd, type JournalRow } from './journal-chain.ts'
import { createSnapshot } from './snapshot.ts'
import { translatingErrors } from './trouble.ts'

export interface JournalTable {
  readonly journal: Journal
  /** Within a transaction. @param end of this owner's entries. @returns the new one, for the row of his home. */
  append(owner: Owner, record: (OutboxEntry & { readonly kind: 'journal' })['record'], end: JournalEnd): JournalEnd
  /** Tells the listeners if entries came since the last time. */
  tellOfNew(): void
  /**
   * Within a transaction: removes at most `limit` of those that were appended at `until` or earlier, always from the
   * old end.
   * @returns how many.
   */
  sweep(until: number, limit: number): number
}

/** So many of one owner's go at once. */
const CUT_AT_ONCE = 2_000

export function createJournal(
  database: Database,
  clock: Clock,
  { journalBytesAtMost }: Pick<Retention, 'journalBytesAtMost'>,
  appended: Listeners<[]>,
): JournalTable {
  const head = database.prepare("SELECT seq AS position FROM sqlite_sequence WHERE name = 'journal'")
  const insert = database.prepare('INSERT INTO journal (at, owner, previous, far, record) VALUES (?, ?, ?, ?, ?)')
  const all = database.prepare(
    'SELECT position, owner, record FROM journal WHERE position > ? ORDER BY position LIMIT ?',
  )
  const ofOwner = createChain(database)
  const atOneMoment = createSnapshot(database)
  const oldest = database.prepare('SELECT position, at FROM journal ORDER BY position LIMIT ?')
  const remove = database.prepare('DELETE FROM journal WHERE position <= ?')
  /** One statement and not two: another process may append or sweep between them. */
  const tail = database.prepare(
    'SELECT coalesce((SELECT min(position) - 1 FROM journal), (SELECT seq FROM sqlite_sequence WHERE name ' +
      "= 'journal'), 0) AS tail",
  )
  const cut = createCut(database, journalBytesAtMost)
  const written = countSinceLooked(journalBytesAtMost)
  let isNew = false

  /** A user's entries and the global tree's. */
  function readOf(owner: Owner, after: number, limit: number): readonly JournalRow[] {
    const owners = new Set<Owner>([owner, 'global'])
    const rows = atOneMoment(() => [...owners].flatMap((each) => ofOwner(each, after, limit)))
    return rows.toSorted((a, b) => a.position - b.position).slice(0, limit)
  }

  return {
    journal: {
      head: translatingErrors(() => (head.get() as { position: number } | undefined)?.position ?? 0),
      tail: translatingErrors((owner) => Math.max((tail.get() as { tail: number }).tail, cut.of(owner))),
      read: translatingErrors((after, limit, owner) => {
        const rows = owner === undefined ? all.all(after, limit) : readOf(owner, after, limit)
        return (rows as readonly JournalRow[]).map(entryOf)
      }),
      onAppend: appended.add,
    },
    append(owner, record, end) {
      const text = JSON.stringify(record)
      const { previous, far } = linksBehind(end)
      const position = Number(insert.run(clock.now(), owner, previous, far, text).lastInsertRowid)
      isNew = true
      if (written.add(owner, text.length + JOURNAL_ROW_BYTES)) cut.shorten(owner, position)
      return endAt(position, end)
    },
    tellOfNew() {
      if (!isNew) return
      isNew = false
      appended.tell()
    },
    sweep(until, limit) {
      const rows = oldest.all(limit) as { position: number; at: number }[]
      const young = rows.findIndex(({ at }) => at > until)
      const count = young < 0 ? rows.length : young
      const last = rows[count - 1]
      if (last !== undefined) remove.run(last.position)
      if (last !== undefined) cut.forget(last.position)
      return count
    },
  }
}

/** Within a transaction: of who has too much in it the oldest entries go, and up to where is remembered. */
function createCut(database: Database, bytesAtMost: number) {
  const beyond = createExcess(database, bytesAtMost)
  const remove = database.prepare('DELETE FROM journal WHERE position = ?')
  const remember = database.prepare('INSERT OR REPLACE INTO journal_cuts (owner, position) VALUES (?, ?)')
  const ofOwner = database.prepare('SELECT position FROM journal_cuts WHERE owner = ?')
  const ofAll = database.prepare('SELECT max(position) AS position FROM journal_cuts')
  const forget = database.prepare('DELETE FROM journal_cuts WHERE position <= ?')
  const positionIn = (row: unknown): number => (row as { position: number | null } | undefined)?.position ?? 0
  return {
    of: (owner: Owner | undefined): number => positionIn(owner === undefined ? ofAll.get() : ofOwner.get(owner)),
    shorten(owner: Owner, last: number): void {
      const positions = beyond(last, CUT_AT_ONCE)
      for (const position of positions) remove.run(position)
      const end = positions.at(-1)
      if (end !== undefined) remember.run(owner, end)
    },
    forget: (position: number): void => void forget.run(position),
  }
}

function entryOf({ position, owner, record }: JournalRow): JournalEntry {
  return { position, owner, record: JSON.parse(record) as JournalRecord }
}
