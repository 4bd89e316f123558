/**
 * The entries of one home in the journal, each of which knows the one before it. An index by owner would cost a commit
 * a page of its own; so the home's row, which every commit writes, says which one is the last, and who reads goes back
 * from there. Each also knows the end of the block before its own, so that nobody walks along all that came since.
 */
import type { Owner } from '../../names.ts'
import { JOURNAL_ROW_BYTES } from '../store.ts'
import type { Database } from './driver.ts'
import { BLOCK } from './migrations.ts'

/** Positions, 0: none. */
export interface JournalEnd {
  readonly last: number
  /** The end of the block before the one of `last`. */
  readonly far: number
  /** Entries in the block of `last`. */
  readonly count: number
}

export const NO_ENTRIES: JournalEnd = { last: 0, far: 0, count: 0 }

/** What the next entry knows of those before it. */
export function linksBehind({ last, far, count }: JournalEnd): { readonly previous: number; readonly far: number } {
  return { previous: last, far: count === BLOCK ? last : far }
}

export function endAt(position: number, { last, far, count }: JournalEnd): JournalEnd {
  return count === BLOCK ? { last: position, far: last, count: 1 } : { last: position, far, count: count + 1 }
}

export interface JournalRow {
  readonly position: number
  readonly owner: Owner
  readonly record: string
}

/** @returns those behind `after` in their order, at least `limit` of them where there are so many. */
export function createChain(database: Database): (owner: Owner, after: number, limit: number) => readonly JournalRow[] {
  const ends = database.prepare(
    `WITH RECURSIVE ends (position, far) AS (
       SELECT position, far FROM journal WHERE position = (SELECT journal_last FROM homes WHERE owner = ?1)
       UNION ALL SELECT entry.position, entry.far FROM ends CROSS JOIN journal AS entry ON entry.position = ends.far
     WHERE ends.far > ?2) SELECT position FROM ends WHERE position > ?2 ORDER BY position`,
  )
  const block = database.prepare(
    `WITH RECURSIVE block (position, previous, owner, record) AS (
       SELECT position, previous, owner, record FROM journal WHERE position = ?1
       UNION ALL SELECT entry.position, entry.previous, entry.owner, entry.record
       FROM block CROSS JOIN journal AS entry ON entry.position = block.previous
     WHERE block.previous > ?2) SELECT position, owner, record FROM block ORDER BY position`,
  )
  return (owner, after, limit) => {
    const rows: JournalRow[] = []
    let from = after
    for (const { position } of ends.all(owner, after) as { position: number }[]) {
      if (rows.length >= limit) break
      rows.push(...(block.all(position, from) as JournalRow[]))
      from = position
    }
    return rows
  }
}

/**
 * @returns of the entries from `last` back those that are beyond so many bytes, the oldest first, at most `limit`.
 */
export function createExcess(database: Database, bytes: number): (last: number, limit: number) => readonly number[] {
  const size = (entry: string): string => `length(${entry}.record) + ${JOURNAL_ROW_BYTES}`
  const beyond = database.prepare(
    `WITH RECURSIVE chain (position, previous, total) AS (
       SELECT position, previous, ${size('journal')} FROM journal WHERE position = ?1
       UNION ALL SELECT entry.position, entry.previous, total + ${size('entry')}
       FROM chain CROSS JOIN journal AS entry ON entry.position = chain.previous
     ) SELECT position FROM chain WHERE total > ?2 ORDER BY position LIMIT ?3`,
  )
  return (last, limit) => (beyond.all(last, bytes, limit) as { position: number }[]).map(({ position }) => position)
}

/** @returns a sentence for each of the first that are not found from the one behind them, or from their home. */
export function unlinkedEntries(database: Database): readonly string[] {
  const unlinked = database.prepare(
    `SELECT position FROM (
       SELECT position, lead(previous, 1, (SELECT journal_last FROM homes WHERE homes.owner = journal.owner))
         OVER (PARTITION BY owner ORDER BY position) AS known FROM journal
     ) WHERE known IS NOT position ORDER BY position LIMIT 20`,
  )
  return (unlinked.all() as { position: number }[]).map(
    ({ position }) => `the entry ${position} of the journal is not found by its owner`,
  )
}
