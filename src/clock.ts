/**
 * Time and chance come in from outside, so that tests own them. An instant is a count of milliseconds since
 * 1970-01-01T00:00:00Z.
 */
import { randomBytes } from 'node:crypto'

export type Instant = number

export interface Clock {
  now(): Instant
  /**
   * Calls `run` once, at `instant` or soon after it, never before; at once (but not synchronously) when it has passed.
   * Returns how to call it off.
   */
  at(instant: Instant, run: () => void): () => void
}

/** `count` unpredictable bytes. */
export type Randomness = (count: number) => Uint8Array

/**
 * Node clamps a timer at 2^31-1 ms, and a machine's clock may be set: a timer is armed for at most an hour, then looked
 * at again.
 */
const LONGEST_TIMER_MS = 3_600_000

export const systemClock: Clock = {
  now: () => Date.now(),
  at(instant, run) {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const wait = Math.min(Math.max(0, instant - Date.now()), LONGEST_TIMER_MS)
      timer = setTimeout(() => (Date.now() >= instant ? run() : arm()), wait)
    }
    arm()
    return () => clearTimeout(timer)
  },
}

/** Asking the system costs more than the bytes do, so they are fetched many at a time. No byte is given twice. */
const FETCHED_AT_ONCE = 8_192
let fetched = randomBytes(0)

export const systemRandomness: Randomness = (count) => {
  if (count > FETCHED_AT_ONCE) return randomBytes(count)
  if (count > fetched.length) fetched = randomBytes(FETCHED_AT_ONCE)
  const given = fetched.subarray(0, count)
  fetched = fetched.subarray(count)
  return given
}

/**
 * A name that nobody guesses and that never comes back, in the alphabet of base64url: 96 bits, where `bytes` does not
 * say otherwise.
 */
export function identifier(random: Randomness, bytes = 12): string {
  return Buffer.from(random(bytes)).toString('base64url')
}

/** Digits of an instant, to the base 36, until the year 5188. */
const INSTANT_DIGITS = 9

/**
 * The same, in the order of the instants: what stores put by it stands behind what is there, and not anywhere among a
 * million.
 */
export function identifierAt(now: Instant, random: Randomness): string {
  return now.toString(36).padStart(INSTANT_DIGITS, '0') + identifier(random)
}

export interface Alarm {
  /** Rings at this instant and at no other: an earlier call no longer counts. */
  set(instant: Instant): void
  callOff(): void
}

/** One timer that is set anew again and again. It has called itself off when `ring` runs, which may set it again. */
export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let disarm: () => void = () => undefined
  const callOff = (): void => {
    disarm()
    disarm = () => undefined
  }
  return {
    set(instant) {
      callOff()
      disarm = clock.at(instant, () => {
        disarm = () => undefined
        ring()
      })
    },
    callOff,
  }
}

/** RFC 3339, in UTC: `2026-11-21T07:00:00Z`, milliseconds only where there are any. */
export function instantText(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z')
}

/** How much of the time since it was asked last the event loop was at work: 0 to 1. */
export function createUtilisation(): () => number {
  let last = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  }
}

/** Milliseconds, with fractions, of a clock that is never set: how long something took, and nothing else. */
export const stopwatch = (): number => performance.now()
