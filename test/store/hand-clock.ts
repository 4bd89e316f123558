/** A clock that stands still until somebody moves it. */
import type { Clock, Instant } from '../../src/clock.ts'

export interface HandClock extends Clock {
  /**
   * Runs what is due on the way, in the order of its instants; what was set for one instant, in the order of its
   * setting.
   */
  moveTo(instant: Instant): void
  move(milliseconds: number): void
  /** The next instant somebody waits for. */
  next(): Instant | undefined
}

export function createHandClock(start: Instant = Date.UTC(2026, 10, 21, 7)): HandClock {
  let now = start
  let timers: { readonly instant: Instant; readonly run: () => void }[] = []
  const earliest = () =>
    timers.reduce<(typeof timers)[number] | undefined>(
      (first, timer) => (first === undefined || timer.instant < first.instant ? timer : first),
      undefined,
    )
  const clock: HandClock = {
    now: () => now,
    at(instant, run) {
      const timer = { instant, run }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
    moveTo(instant) {
      for (let timer = earliest(); timer !== undefined && timer.instant <= instant; timer = earliest()) {
        const due = timer
        timers = timers.filter((other) => other !== due)
        now = Math.max(now, due.instant)
        due.run()
      }
      now = instant
    },
    move: (milliseconds) => clock.moveTo(now + milliseconds),
    next: () => earliest()?.instant,
  }
  return clock
}
