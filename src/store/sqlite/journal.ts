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
import { translatingErrors } from './trouble.ts'

export interface JournalTable {
  readonly journal: Journal
  /** Within a transaction. */
  append(owner: Owner, record: (OutboxEntry & { readonly kind: 'journal' })['record']): void
  /** Tells the listeners if entries came since the last time. */
  tellOfNew(): void
  /**
   * Within a transaction: removes at most `limit` of those that were appended at `until` or earlier, always from the
   * old end.
   * @returns how many.
   */
  sweep(until: number, limit: number): number
}

interface JournalRow {
  readonly position: number
  readonly owner: Owner
  readonly record: string
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
  const insert = database.prepare('INSERT INTO journal (at, owner, record) VALUES (?, ?, ?)')
  const all = database.prepare(
    'SELECT position, owner, record FROM journal WHERE position > ? ORDER BY position LIMIT ?',
  )
  const ofOwner = database.prepare(
    "SELECT position, owner, record FROM journal WHERE owner IN (?, 'global') AND position > ? ORDER BY " +
      'position LIMIT ?',
  )
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

  return {
    journal: {
      head: translatingErrors(() => (head.get() as { position: number } | undefined)?.position ?? 0),
      tail: translatingErrors((owner) => Math.max((tail.get() as { tail: number }).tail, cut.of(owner))),
      read: translatingErrors((after, limit, owner) => {
        const rows = owner === undefined ? all.all(after, limit) : ofOwner.all(owner, after, limit)
        return (rows as JournalRow[]).map(entryOf)
      }),
      onAppend: appended.add,
    },
    append(owner, record) {
      const text = JSON.stringify(record)
      insert.run(clock.now(), owner, text)
      isNew = true
      if (written.add(owner, text.length + JOURNAL_ROW_BYTES)) cut.shorten(owner)
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
  const beyond = database.prepare(
    `SELECT max(position) AS position FROM (
       SELECT position, sum(size) OVER (ORDER BY position DESC) AS total FROM (
         SELECT position, length(record) + ${JOURNAL_ROW_BYTES} AS size FROM journal WHERE owner = ?
         ORDER BY position DESC LIMIT ?)
     ) WHERE total > ?`,
  )
  const oldest = database.prepare(
    'SELECT position FROM journal WHERE owner = ? AND position <= ? ORDER BY position LIMIT ?',
  )
  const remove = database.prepare('DELETE FROM journal WHERE owner = ? AND position <= ?')
  const remember = database.prepare('INSERT OR REPLACE INTO journal_cuts (owner, position) VALUES (?, ?)')
  const ofOwner = database.prepare('SELECT position FROM journal_cuts WHERE owner = ?')
  const ofAll = database.prepare('SELECT max(position) AS position FROM journal_cuts')
  const forget = database.prepare('DELETE FROM journal_cuts WHERE position <= ?')
  // More cannot be within the total.
  const looked = Math.ceil(bytesAtMost / JOURNAL_ROW_BYTES) + 1
  const positionIn = (row: unknown): number => (row as { position: number | null } | undefined)?.position ?? 0
  return {
    of: (owner: Owner | undefined): number => positionIn(owner === undefined ? ofAll.get() : ofOwner.get(owner)),
    shorten(owner: Owner): void {
      const end = positionIn(beyond.get(owner, looked, bytesAtMost))
      const last = (oldest.all(owner, end, CUT_AT_ONCE) as { position: number }[]).at(-1)
      if (last === undefined) return
      remove.run(owner, last.position)
      remember.run(owner, last.position)
    },
    forget: (position: number): void => void forget.run(position),
  }
}

function entryOf({ position, owner, record }: JournalRow): JournalEntry {
  return { position, owner, record: JSON.parse(record) as JournalRecord }
}
