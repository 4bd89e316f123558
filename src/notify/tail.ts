/**
 * The end of the journal, read once for all watchers. Whoever is up to date is served from memory; whoever is behind
 * reads the journal by himself until he has caught up. So nothing is queued for anybody, and a slow watcher costs
 * nothing but his own reading.
 */
import type { Clock } from '../clock.ts'
import type { Owner } from '../names.ts'
import { feedEvent, type FeedEvent } from '../feed/changes.ts'
import type { PositionIds } from '../feed/ids.ts'
import type { Journal, Position } from '../feed/journal.ts'

/**
 * Entries kept in memory: at least so many, at most twice. A watcher less behind than this is served without the store;
 * each has about 500 bytes.
 */
const KEPT_AT_MOST = 2048
const BATCH = 256
/** Milliseconds until a journal that could not be read is read again. */
const AGAIN_AFTER_MS = 1_000

export type TailRead =
  /** Everything behind `after` up to `upTo` that is of the owner; of other homes there may be some among it. */
  | { readonly kind: 'events'; readonly events: readonly FeedEvent[]; readonly upTo: Position }
  /** What follows `after` is no longer kept. */
  | { readonly kind: 'gone' }

export interface Tail {
  /**
   * From then on `wake` is called when entries became readable. Resolves, once nothing escapes it, with the last
   * position and how to stop.
   */
  follow(wake: () => void): Promise<{ readonly head: Position; readonly stop: () => void }>
  read(after: Position, owner: Owner | undefined): Promise<TailRead>
}

export function createTail(journal: Journal, ids: PositionIds, clock: Clock): Tail {
  const followers = new Set<() => void>()
  /** Without gaps, the last at `head`. */
  let kept: FeedEvent[] = []
  let head: Position = 0
  let started: Promise<void> | undefined
  const onAppend = createBell(() => readOn(), clock)

  async function start(): Promise<void> {
    head = await journal.head()
    journal.onAppend(onAppend)
    // What became durable between the two lines above rang for nobody.
    onAppend()
  }

  async function readOn(): Promise<void> {
    for (let entries = await journal.read(head, BATCH); entries.length > 0; entries = await journal.read(head, BATCH)) {
      // Records that were swept before they were read: whoever needs them is told that they are gone.
      if (entries[0]?.position !== head + 1) kept = []
      kept.push(...entries.map((entry) => feedEvent(entry, ids)))
      if (kept.length > 2 * KEPT_AT_MOST) kept = kept.slice(-KEPT_AT_MOST)
      head = entries.at(-1)?.position ?? head
      for (const wake of followers) wake()
      if (entries.length < BATCH) break
    }
  }

  return {
    async follow(wake) {
      followers.add(wake)
      const stop = (): void => void followers.delete(wake)
      try {
        started ??= start()
        await started
        return { head: Math.max(head, await journal.head()), stop }
      } catch (error) {
        started = undefined
        stop()
        throw error
      }
    },

    async read(after, owner) {
      if (after >= head) return { kind: 'events', events: [], upTo: after }
      const first = kept[0]?.position
      if (first !== undefined && after >= first - 1) {
        const events = kept.slice(after - first + 1, after - first + 1 + BATCH)
        return { kind: 'events', events, upTo: events.at(-1)?.position ?? after }
      }
      const known = head
      const entries = await journal.read(after, BATCH, owner)
      // Asked last: what was swept before or while we read is missed by nobody.
      if ((await journal.tail(owner)) > after) return { kind: 'gone' }
      const last = entries.at(-1)?.position ?? after
      return {
        kind: 'events',
        events: entries.map((entry) => feedEvent(entry, ids)),
        upTo: entries.length < BATCH ? Math.max(known, last) : last,
      }
    },
  }
}

/** @returns a bell: `answer` runs, once behind the last ring, however often it rings meanwhile. */
function createBell(answer: () => Promise<void>, clock: Clock): () => void {
  let isRung = false
  let isAnswered = false

  async function answerAll(): Promise<void> {
    // Cleared in the same turn in which nothing is left to answer: whoever rings then begins anew.
    for (; isRung; isAnswered = isRung) {
      isRung = false
      await answer()
    }
  }

  function ring(): void {
    isRung = true
    if (isAnswered) return
    isAnswered = true
    answerAll().catch(() => {
      // A store that cannot be read now says so to whoever asks. Nobody may ring again for what is there, so it is
      // looked at again.
      isAnswered = false
      clock.at(clock.now() + AGAIN_AFTER_MS, ring)
    })
  }

  return ring
}
