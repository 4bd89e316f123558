/**
 * Counts what fails under a key, and forgets it with time, evenly: never more than `most` fail in a `window`, and
 * one more may after each `window / most`. An attempt takes its place before its outcome is known and gives it back
 * if it did not fail, so that many made at once are no more than many made one after the other.
 */
import type { Clock, Instant } from '../clock.ts'

export interface Place {
  /** To be called once. */
  leave(failed: boolean): void
}

/** Milliseconds until an attempt may be made. */
export interface Full {
  readonly wait: number
}

interface Count {
  /** How many failures are not forgotten yet, at `at`. */
  level: number
  at: Instant
  /** Attempts whose outcome is not known. */
  pending: number
  readonly waiting: (() => void)[]
}

/**
 * At some 150 bytes each 15 MB. What is pushed out begins again at nothing: who can name so many keys has other ways.
 */
const KEYS_AT_MOST = 100_000

export class LeakyCounter {
  private readonly counts = new Map<string, Count>()
  private readonly clock: Clock
  private readonly most: number
  private readonly window: number

  /** @param window milliseconds */
  constructor(clock: Clock, most: number, window: number) {
    this.clock = clock
    this.most = most
    this.window = window
  }

  /** Waits where only attempts whose outcome is not known stand in the way: an honest client may make many at once. */
  async enter(key: string): Promise<Place | Full> {
    for (;;) {
      const count = this.current(key)
      const excess = count.level - (this.most - 1)
      // The level is a fraction, and a thousandth of a failure is what computing it may be wrong by.
      if (excess > 0.001) return { wait: (excess * this.window) / this.most }
      if (count.level + count.pending <= this.most - 1 + 0.001) {
        count.pending += 1
        return { leave: (failed) => this.leave(key, count, failed) }
      }
      await new Promise<void>((resolve) => count.waiting.push(resolve))
    }
  }

  /** One has failed under this key where another counter saw it; it may be one more than would be let in here. */
  add(key: string): void {
    this.current(key).level += 1
  }

  /** As if nothing had failed under these keys. @returns them. */
  forget(isMeant: (key: string) => boolean): readonly string[] {
    const keys = [...this.counts.keys()].filter(isMeant)
    for (const key of keys) {
      const count = this.current(key)
      count.level = 0
      count.waiting.splice(0).forEach((look) => look())
      if (count.pending === 0) this.counts.delete(key)
    }
    return keys
  }

  private leave(key: string, count: Count, failed: boolean): void {
    const now = this.current(key)
    now.pending -= 1
    if (failed) now.level += 1
    if (now.level === 0 && now.pending === 0 && now.waiting.length === 0) this.counts.delete(key)
    count.waiting.splice(0).forEach((look) => look())
  }

  private current(key: string): Count {
    const now = this.clock.now()
    const count = this.counts.get(key)
    if (count === undefined) {
      const made: Count = { level: 0, at: now, pending: 0, waiting: [] }
      this.counts.set(key, made)
      this.makeRoom()
      return made
    }
    // A clock that was set back forgets nothing and adds nothing.
    count.level = Math.max(0, count.level - (Math.max(0, now - count.at) * this.most) / this.window)
    count.at = now
    return count
  }

  /** The oldest go first; whose outcome is awaited stays. */
  private makeRoom(): void {
    if (this.counts.size <= KEYS_AT_MOST) return
    for (const [key, { pending, waiting }] of this.counts) {
      if (pending > 0 || waiting.length > 0) continue
      this.counts.delete(key)
      return
    }
  }
}
