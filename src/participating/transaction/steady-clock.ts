/**
 * A clock that jumps forward may be a broken one, and what has expired stays so: after a jump of more than five minutes
 * between two looks nothing expires for another minute, in which somebody may set it right. A restart believes the
 * clock.
 */
import type { Clock, Instant } from '../../clock.ts'
import type { ParticipatingLog } from '../settings.ts'
import { WRONG_CLOCK_MS } from '../state/queue.ts'

const CONFIRMED_AFTER_MS = 60_000

export interface SteadyClock {
  /**
   * @returns the present, and since (or until) when the expired may be treated so: later than `now` while a jump is not
   * confirmed.
   */
  snapshot(): { readonly now: Instant; readonly expiryFrom: Instant }
}

export function createSteadyClock(clock: Clock, log: ParticipatingLog): SteadyClock {
  let last = clock.now()
  let expiryFrom = last
  return {
    snapshot() {
      const now = clock.now()
      if (now - last > WRONG_CLOCK_MS) {
        expiryFrom = now + CONFIRMED_AFTER_MS
        log.warn({ milliseconds: now - last }, 'The clock jumped forward: nothing expires for a minute.')
      } else if (now < last) expiryFrom = Math.min(expiryFrom, now + CONFIRMED_AFTER_MS)
      last = now
      return { now, expiryFrom }
    },
  }
}
