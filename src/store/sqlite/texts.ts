/** The texts of documents: immutable, under names never used twice. */
import assert from 'node:assert/strict'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import type { Commit, TextId } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { VERSION_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { Database } from './driver.ts'

export interface TextsTable {
  read(id: TextId): Uint8Array | undefined
  /**
   * Within a transaction. A text that is there already has the same bytes: whoever commits again may bring it again.
   */
  write(texts: NonNullable<Commit['texts']>): void
  /**
   * Within a transaction: nothing mentions this text any more; it stays readable until it is swept, or its owner has
   * dropped too much behind it.
   */
  drop(owner: Owner, text: { readonly text: TextId; readonly size: number }): void
  /** Within a transaction: removes at most `limit` of those dropped at `until` or earlier. @returns how many. */
  sweep(until: number, limit: number): number
}

/** Texts that were read are kept, those used last, with so many bytes together. A large one would push out many. */
const BYTES_KEPT = 32 * 1024 * 1024
const LARGE_BYTES = 256 * 1024

export function createTexts(
  database: Database,
  clock: Clock,
  { droppedBytesAtMost }: Pick<Retention, 'droppedBytesAtMost'>,
): TextsTable {
  const select = database.prepare('SELECT bytes FROM texts WHERE id = ?')
  const insert = database.prepare('INSERT INTO texts (id, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const drop = database.prepare(
    'INSERT INTO dropped_texts (at, id, owner, size) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const oldest = database.prepare('SELECT at, id FROM dropped_texts WHERE at <= ? ORDER BY at LIMIT ?')
  const tooMany = database.prepare(
    `SELECT at, id FROM (SELECT at, id, sum(size + ${VERSION_ROW_BYTES}) OVER (ORDER BY at DESC, id) AS total
     FROM dropped_texts WHERE owner = ?) WHERE total > ?`,
  )
  const written = countSinceLooked(droppedBytesAtMost)
  const remove = database.prepare('DELETE FROM texts WHERE id = ?')
  const forget = database.prepare('DELETE FROM dropped_texts WHERE at = ? AND id = ?')
  /** A text never changes, and its name never comes back: what is kept is right until it is swept. */
  const kept = new LRUCache<TextId, Uint8Array>({
    maxSize: BYTES_KEPT,
    maxEntrySize: LARGE_BYTES,
    sizeCalculation: ({ length }) => length + 1,
  })
  function read(id: TextId): Uint8Array | undefined {
    const known = kept.get(id)
    if (known !== undefined) return known
    const row = select.get(id) as { bytes: Uint8Array } | undefined
    if (row !== undefined) kept.set(id, row.bytes)
    return row?.bytes
  }
  function removeAll(rows: readonly { readonly at: number; readonly id: string }[]): void {
    for (const { at, id } of rows) {
      remove.run(id)
      kept.delete(id)
      forget.run(at, id)
    }
  }
  return {
    read,
    write(texts) {
      for (const { id, bytes } of texts) {
        const { changes } = insert.run(id, bytes)
        assert(changes === 1 || Buffer.from(bytes).equals(read(id)!), `the text ${id} has other bytes`)
      }
    },
    drop(owner, { text, size }) {
      drop.run(clock.now(), text, owner, size)
      if (written.add(owner, size + VERSION_ROW_BYTES))
        removeAll(tooMany.all(owner, droppedBytesAtMost) as { at: number; id: string }[])
    },
    sweep(until, limit) {
      const rows = oldest.all(until, limit) as { at: number; id: string }[]
      removeAll(rows)
      return rows.length
    },
  }
}
