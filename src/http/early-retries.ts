/**
 * Who comes again before the Retry-After of his last 503 is over waits a moment for the next one. So a connection has
 * no more than so many of them a second, whatever it asks for, and what more of them would cost is there for those who
 * are served. Who waits as he was told is answered at once.
 */
import { createAlarm, type Clock, type Instant } from '../clock.ts'

/** Parts of a moment: who is due in the same one is answered in one turn, which wakes the machine once for all. */
const PARTS = 10

interface Held {
  readonly connection: object
  readonly due: Instant
  readonly answer: () => void
}

/**
 * @param retryAfter milliseconds for which a client is asked to stay away.
 * @param moment milliseconds that an answer waits at most; 0: none waits.
 * @returns calls `answer` now or in a moment, once.
 */
export function createEarlyRetries(
  clock: Clock,
  retryAfter: number,
  moment: number,
): (connection: object, answer: () => void) => void {
  const lastAnswered = new WeakMap<object, Instant>()
  // In the order of their instants, because all wait equally long.
  const held: Held[] = []
  const alarm = createAlarm(clock, () => {
    const now = clock.now()
    const later = held.findIndex(({ due }) => due > now + moment / PARTS)
    for (const { connection, answer } of held.splice(0, later === -1 ? held.length : later)) {
      lastAnswered.set(connection, now)
      answer()
    }
    if (held[0] !== undefined) alarm.set(held[0].due)
  })
  return (connection, answer) => {
    const now = clock.now()
    const last = lastAnswered.get(connection)
    if (last === undefined || now - last >= retryAfter || moment === 0) {
      lastAnswered.set(connection, now)
      answer()
    } else if (held.push({ connection, due: now + moment, answer }) === 1) alarm.set(now + moment)
  }
}
