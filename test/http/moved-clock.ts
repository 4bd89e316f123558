/** The system's clock, which a test may set ahead: what is due by then is due at once. */
import { systemClock, type Clock, type Instant } from '../../src/clock.ts'

export interface MovedClock extends Clock {
  move(milliseconds: number): void
  /** Whether something was to happen at this instant, or within a second behind it. */
  wasSetFor(instant: Instant): boolean
}

export function createMovedClock(): MovedClock {
  let ahead = 0
  const asked: Instant[] = []
  const waiting = new Set<{ readonly instant: Instant; readonly run: () => void; disarm: () => void }>()
  const arm = (timer: { readonly instant: Instant; readonly run: () => void; disarm: () => void }): void => {
    timer.disarm = systemClock.at(timer.instant - ahead, () => {
      waiting.delete(timer)
      timer.run()
    })
  }
  return {
    now: () => systemClock.now() + ahead,
    at(instant, run) {
      asked.push(instant)
      const timer = { instant, run, disarm: () => {} }
      waiting.add(timer)
      arm(timer)
      return () => {
        waiting.delete(timer)
        timer.disarm()
      }
    },
    wasSetFor: (at) => asked.some((instant) => instant >= at && instant < at + 1_000),
    move(milliseconds) {
      ahead += milliseconds
      for (const timer of waiting) {
        timer.disarm()
        arm(timer)
      }
    },
  }
}
