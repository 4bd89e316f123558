/** Sweeps a store again and again. */
import { createAlarm, type Clock } from '../clock.ts'
import type { Store } from './store.ts'

/** What no room needs any more is small; once in ten minutes it goes. */
const EVERY_MS = 600_000

interface SweepLog {
  warn(fields: object, text: string): void
}

/** @returns how to call it off. */
export function sweepNowAndThen(store: Pick<Store, 'sweep'>, clock: Clock, log: SweepLog): () => void {
  let due = clock.now() + EVERY_MS
  const alarm = createAlarm(clock, () => {
    // A clock that jumped may be a wrong one, and what is swept is gone: the next alarm decides (INV-20).
    if (clock.now() < due + EVERY_MS) {
      store
        .sweep()
        .catch((error: unknown) => log.warn({ err: error }, 'the store could not be swept; it is tried again'))
    }
    due = clock.now() + EVERY_MS
    alarm.set(due)
  })
  alarm.set(due)
  return alarm.callOff
}
