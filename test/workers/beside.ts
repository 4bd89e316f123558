/** Two workers in this process: what one tells, the other hears in its next turn; and a clock that never looks. */
import { systemClock, type Clock } from '../../src/clock.ts'
import type { Workers } from '../../src/workers/channel.ts'

export function twoWorkers(): readonly [Workers, Workers] {
  const listeners: readonly Map<string, (news: never) => void>[] = [new Map(), new Map()]
  const key = new Uint8Array(32).fill(7)
  const worker = (own: number, other: number): Workers => ({
    number: own + 1,
    count: 2,
    joins: own > 0,
    key,
    channel: (name) => ({
      // As it would come from another process.
      tell: (news) => void setImmediate(() => listeners[other]?.get(name)?.(JSON.parse(JSON.stringify(news)) as never)),
      hear: (listener) => void listeners[own]?.set(name, listener),
    }),
  })
  return [worker(0, 1), worker(1, 0)]
}

/** Half of the shortest time between two looks at what others did: nothing that is further off ever comes. */
const NEVER_FROM_MS = 450

/** @returns one that lets no poll and no sweep run. */
export function clockWithoutLooks(): Clock {
  return {
    now: systemClock.now,
    at: (instant, run) =>
      instant - systemClock.now() < NEVER_FROM_MS ? systemClock.at(instant, run) : () => undefined,
  }
}
