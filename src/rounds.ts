/** Rounds of the event loop: what begins together, what lets others go first, and what is asked once for all in one. */

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

/** Milliseconds that a round takes; who has begun by then is let finish. */
const ROUND_MS = 8

const beginning: (() => void)[] = []
const goingOn: (() => void)[] = []
/** Told when the round is over that runs now. */
let endOfRound: (() => void)[] | undefined
let awaited = false

/**
 * Begins `work` behind everything that this poll of the event loop reads, so that what arrived together is done
 * together: one after the other, each up to where it waits for something from outside.
 */
export function beginInRound(work: () => void): void {
  beginning.push(work)
  awaitRound()
}

/**
 * What others sent meanwhile is served first. However many wait here, one round takes no longer for them than one of
 * them takes: else large bodies of many requests, each divided, would be one long piece side by side.
 */
export function laterRound(): Promise<void> {
  return new Promise((resolve) => {
    goingOn.push(resolve)
    awaitRound()
  })
}

/**
 * Over when the round is that runs now, or at once. What is written then goes out in a burst: a client that is woken
 * for its first answer is awake for the others, and to wake it costs as much as to write.
 */
export async function roundOver(): Promise<void> {
  if (endOfRound !== undefined) await new Promise<void>((resolve) => endOfRound?.push(resolve))
}

function awaitRound(): void {
  if (awaited) return
  awaited = true
  setImmediate(() => void runRound())
}

/** One callback of the event loop: it waits for microtasks and ticks alone. */
async function runRound(): Promise<void> {
  awaited = false
  const over: (() => void)[] = []
  endOfRound = over
  const until = stopwatch() + ROUND_MS
  await oneByOne(beginning, until)
  await oneByOne(goingOn, until)
  endOfRound = undefined
  for (const tell of over) tell()
  if (beginning.length + goingOn.length > 0) awaitRound()
}

/** Who comes meanwhile is of the next round, and who is left when the time is over; one has his turn in each. */
async function oneByOne(works: (() => void)[], until: number): Promise<void> {
  for (let left = works.length; left > 0; left -= 1) {
    works.shift()?.()
    await ownSteps()
    if (stopwatch() >= until) return
  }
}

/** Over when the microtasks are that are waiting, and those that they bring. */
function ownSteps(): Promise<void> {
  return new Promise((resolve) => atEndOfCallback(resolve))
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

/**
 * `ask`, which is asked at most once in each callback of the event loop, however many want to know: what a request was
 * told by its first question holds for all that it does before it waits for something from outside, and for all who
 * begin in the same round. A request was read from its socket before its round began, so no answer is older than it.
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
      if (endOfRound === undefined) process.nextTick(forgetAtTheEnd)
      else endOfRound.push(forget)
    }
    return answer.value
  }
}
