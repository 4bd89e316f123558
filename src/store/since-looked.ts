/** Who has written so much that it is time to look whether he has more than his total. */
import { LRUCache } from 'lru-cache'
import type { Owner } from '../names.ts'

export interface SinceLooked {
  /** True once he has written an eighth of his total since it was true last, or since the start. */
  add(owner: Owner, bytes: number): boolean
}

const EIGHTH = 8
/** Those who wrote last. Who is forgotten begins again: he wrote less than an eighth while so many others wrote. */
const OWNERS_KEPT = 50_000

/** @param total bytes that each may have. The global tree is nobody's, and only administrators write it. */
export function countSinceLooked(total: number): SinceLooked {
  // As sizes: for a number of entries the library makes all their places at once, some 20 ms of the start.
  const written = new LRUCache<Owner, number>({ maxSize: OWNERS_KEPT, sizeCalculation: () => 1 })
  return {
    add(owner, bytes) {
      if (owner === 'global') return false
      const sum = (written.get(owner) ?? 0) + bytes
      const isTime = sum * EIGHTH >= total
      written.set(owner, isTime ? 0 : sum)
      return isTime
    },
  }
}
