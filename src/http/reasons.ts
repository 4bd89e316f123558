/**
 * Why the server could not answer: each reason is said in the log at once, and again when it still holds a minute
 * later.
 */
import type { Clock, Instant } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { HttpLog } from './rooms.ts'

const AGAIN_AFTER_MS = 60_000
/** There are a dozen; what stands in a reason may come from a database. */
const REASONS_AT_MOST = 100

export interface Reasons {
  tell(error: unknown): void
}

export function createReasons(log: HttpLog, clock: Clock): Reasons {
  const told = new Map<string, Instant>()
  return {
    tell(error) {
      if (!(error instanceof Refused) || error.refusal.kind !== 'unavailable') return
      const reason = error.refusal.detail
      const now = clock.now()
      const last = told.get(reason)
      // A clock that was set back says nothing of how long ago that was.
      if (last !== undefined && last <= now && now - last < AGAIN_AFTER_MS) return
      if (told.size >= REASONS_AT_MOST) told.clear()
      told.set(reason, now)
      log.error({ reason, err: error.cause }, 'requests are answered with 503')
    },
  }
}
