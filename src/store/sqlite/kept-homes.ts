/** Homes that were read or committed, as long as nobody else has committed since. */
import { LRUCache } from 'lru-cache'
import type { Home } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { OthersCommits } from './watch.ts'

/**
 * Those used last are kept, with so many rows together: at a few hundred bytes each some tens of MB, and the homes of
 * 11,000 users with a handful of documents.
 */
const ROWS_KEPT = 150_000

/** The home itself, and what is known of it and kept as long: its preferences, what was decided by them. */
const ROWS_OF_HOME = 8

/** A message that waits takes the room of a few others. */
const ROWS_OF_ITEM = 4

function rowsOf({ documents, parts }: Home): number {
  let rows = ROWS_OF_HOME + documents.size + parts.size
  for (const part of parts.values()) if (Array.isArray(part)) rows += ROWS_OF_ITEM * part.length
  return rows
}

interface Kept {
  readonly home: Home
  /**
   * What others had committed when it was read, or a while before: a home may be newer than the number that is kept
   * with it, and never older.
   */
  readonly others: number
}

export interface KeptHomes {
  /** The present one, as it was read at some time; `undefined` where others have committed since. */
  present(owner: Owner): Home | undefined
  /** The one that was read last; it may not be the present one any more. */
  last(owner: Owner): Home | undefined
  keep(home: Home): Home
  forget(owner: Owner): void
}

export function createKeptHomes(others: OthersCommits): KeptHomes {
  const kept = new LRUCache<Owner, Kept>({
    maxSize: ROWS_KEPT,
    sizeCalculation: ({ home }) => rowsOf(home),
  })
  return {
    present(owner) {
      const now = others.now()
      const known = kept.get(owner)
      return known?.others === now ? known.home : undefined
    },
    last: (owner) => kept.get(owner)?.home,
    keep(home) {
      kept.set(home.owner, { home, others: others.seen() })
      return home
    },
    forget: (owner) => void kept.delete(owner),
  }
}
