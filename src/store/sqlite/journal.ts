/**
 * The journal of changes. An entry gets its position in the transaction of the commit that brings it, so nothing ever
 * stays behind.
 */
import type { Clock } from '../../clock.ts'
import type { Journal, JournalEntry, JournalRecord } from '../../feed/journal.ts'
import type { OutboxEntry } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
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

export function createJournal(database: Database, clock: Clock, appended: Listeners<[]>): JournalTable {
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
  let isNew = false

  return {
    journal: {
      head: translatingErrors(() => (head.get() as { position: number } | undefined)?.position ?? 0),
      tail: translatingErrors(() => (tail.get() as { tail: number }).tail),
      read: translatingErrors((after, limit, owner) => {
        const rows = owner === undefined ? all.all(after, limit) : ofOwner.all(owner, after, limit)
        return (rows as JournalRow[]).map(entryOf)
      }),
      onAppend: appended.add,
    },
    append(owner, record) {
      insert.run(clock.now(), owner, JSON.stringify(record))
      isNew = true
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
      return count
    },
  }
}

function entryOf({ position, owner, record }: JournalRow): JournalEntry {
  return { position, owner, record: JSON.parse(record) as JournalRecord }
}
