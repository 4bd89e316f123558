/** Work in order: what runs one at a time, what is asked for again while it runs, and what lets others go first. */

import { stopwatch } from './clock.ts'

/** Work on as many bytes takes milliseconds. */
export const LARGE_BYTES = 262_144

/** Of steps that take up to a tenth of a millisecond each, so many are taken in one round of the event loop. */
const STEPS_AT_ONCE = 128

/** Work that says before each of its parts how many steps that has, and leaves to others whether they come between. */
export type InSteps<T> = Generator<number, T, void>

/** Does the work; where it is long, in several rounds of the event loop, and others are served between them. */
export async function inRounds<T>(work: InSteps<T>): Promise<T> {
  let taken = 0
  for (;;) {
    const next = work.next()
    if (next.done === true) return next.value
    taken += next.value
    if (taken <= STEPS_AT_ONCE) continue
    taken = next.value
    await laterRound()
  }
}

/** Milliseconds in which all who go on in a later round do so in one round; who has begun by then is let finish. */
const ROUND_MS = 8

const goingOn: (() => void)[] = []

/**
 * What others sent meanwhile is served first. However many wait here, one round takes no longer for them than one of
 * them takes: else large bodies of many requests, each divided, would be one long piece side by side.
 */
export function laterRound(): Promise<void> {
  return new Promise((resolve) => {
    if (goingOn.push(resolve) === 1) setImmediate(goOnInTurn)
  })
}

function goOnInTurn(): void {
  const began = stopwatch()
  // Who comes back while these go on waits for the next round.
  let left = goingOn.length
  const next = (): void => {
    // The first one stays in the list until it is over, so that nobody else begins a round.
    goingOn[0]?.()
    atEndOfCallback(() => {
      goingOn.shift()
      left -= 1
      if (left > 0 && stopwatch() - began < ROUND_MS) next()
      else if (goingOn.length > 0) setImmediate(goOnInTurn)
    })
  }
  next()
}

/** Behind the microtasks that are waiting, and those that they bring. */
function atEndOfCallback(run: () => void): void {
  queueMicrotask(() => process.nextTick(run))
}

/**
 * Between two pieces of work on this many bytes: for many, whatever others sent meanwhile is served first, so that no
 * piece holds them up for longer than it takes itself.
 */
export async function othersFirst(bytes: number): Promise<void> {
  if (bytes > LARGE_BYTES) await laterRound()
}

/**
 * Work of many askers, each of whom says how much it is before he does it: when so much was done in this round of the
 * event loop, what does not fit waits for later ones.
 */
export function createPace(atOnce: number): (amount: number) => Promise<void> {
  let done = 0
  let round: Promise<void> | undefined
  return async (amount) => {
    while (done > 0 && done + amount > atOnce) await round
    done += amount
    round ??= laterRound().then(() => {
      done = 0
      round = undefined
    })
  }
}

/** One queue for each key. */
export interface Queues<K> {
  /** Runs `work` when all that came before it under this key is over, well or badly; its outcome is the caller's. */
  run<T>(key: K, work: () => Promise<T>): Promise<T>
}

export function createQueues<K>(): Queues<K> {
  const last = new Map<K, Promise<unknown>>()
  return {
    async run<T>(key: K, work: () => Promise<T>): Promise<T> {
      const before = last.get(key)
      const own = before === undefined ? work() : before.then(work, work)
      last.set(key, own)
      try {
        return await own
      } finally {
        if (last.get(key) === own) last.delete(key)
      }
    },
  }
}

/**
 * The same work, asked for again and again: never twice at once. Asked for while it is done, it is done once more
 * behind that, for all who asked meanwhile; each is answered when a run is over that began after he asked.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let pending: Promise<void> | undefined

  const run = (): Promise<void> => {
    running = work().finally(() => (running = undefined))
    return running
  }
  const runBehind = (): Promise<void> => {
    pending = undefined
    return running ?? run()
  }

  return () => {
    if (running === undefined) return run()
    pending ??= running.then(runBehind, runBehind)
    return pending
  }
}

/** So many at once, the others behind them in the order in which they came. */
export interface Pool {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createPool(atOnce: number): Pool {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async run(work) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}

/**
 * `ask`, which is asked at most once in each callback of the event loop, however many want to know: what a request was
 * told by its first question holds for all that it does before it waits for something from outside. The callback that
 * read a request from its socket began before anything was asked, so no answer is older than the request.
 */
export function oncePerCallback<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined
  const forget = (): void => {
    answer = undefined
  }
  const forgetAtTheEnd = (): void => atEndOfCallback(forget)
  return () => {
    if (answer === undefined) {
      answer = { value: ask() }
      process.nextTick(forgetAtTheEnd)
    }
    return answer.value
  }
}

export interface Bell {
  readonly ring: () => void
  readonly rung: () => Promise<void>
}

/** Rung while nobody waits, it is heard by the next who does: no wake-up is lost. */
export function createBell(): Bell {
  let heard: (() => void) | undefined
  let rang = false
  return {
    ring() {
      rang = true
      heard?.()
    },
    async rung() {
      if (!rang) await new Promise<void>((resolve) => (heard = resolve))
      heard = undefined
      rang = false
    },
  }
}
