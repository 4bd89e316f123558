/**
 * Counts again and again what waits, a piece at a time, so that whoever looks at the figures costs nothing: at most a
 * twentieth of the time goes into it, and the figures are those of the last count that came to its end.
 */
import { createAlarm, stopwatch, type Clock, type Instant } from '../clock.ts'
import type { MessagePlace } from '../home/home.ts'
import type { Participating, WaitingReason } from '../participating/participating.ts'
import type { HttpLog } from './rooms.ts'

export interface Counted {
  readonly waiting: ReadonlyMap<WaitingReason | 'delivering', number>
  readonly oldest: Instant | undefined
  /** When it was complete. */
  readonly at: Instant
}

export interface Census {
  /** `undefined`: none is complete yet. */
  last(): Counted | undefined
  stop(): void
}

/** For a piece that took one part, so many parts pass before the next. */
const PAUSE = 19
const FIRST_AFTER_MS = 100

/** @param every milliseconds between the end of a count and the next. */
export function startCensus(
  participating: Pick<Participating, 'countWaiting'>,
  clock: Clock,
  log: HttpLog,
  every: number,
): Census {
  let last: Counted | undefined
  let isStopped = false
  let waiting = new Map<WaitingReason | 'delivering', number>()
  let oldest: Instant | undefined
  let place: MessagePlace | undefined

  const onAlarm = (): void => {
    const began = stopwatch()
    const goOn = (pause: number): void => {
      if (!isStopped) alarm.set(clock.now() + Math.ceil(pause))
    }
    count().then(
      (isComplete) => goOn(isComplete ? every : (stopwatch() - began) * PAUSE),
      (error: unknown) => {
        log.warn({ err: error }, 'what waits could not be counted; it is tried again')
        goOn(every)
      },
    )
  }

  /** @returns whether the count is complete. */
  async function count(): Promise<boolean> {
    const piece = await participating.countWaiting(place)
    for (const [reason, more] of piece.counts) waiting.set(reason, (waiting.get(reason) ?? 0) + more)
    oldest = Math.min(piece.oldest ?? Infinity, oldest ?? Infinity)
    place = piece.next
    if (place !== undefined) return false
    last = { waiting, oldest: oldest === Infinity ? undefined : oldest, at: clock.now() }
    waiting = new Map()
    oldest = undefined
    return true
  }

  const alarm = createAlarm(clock, onAlarm)
  alarm.set(clock.now() + FIRST_AFTER_MS)
  return {
    last: () => last,
    stop() {
      isStopped = true
      alarm.callOff()
    },
  }
}
