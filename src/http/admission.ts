/**
 * What is turned away while there is more to do than can be done. It is told so at once and before anything is asked of
 * it: a request that waits until its client has given up was work for nobody, and one that is refused late cost what
 * would have served another.
 */
import { stopwatch, type Clock } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { Exchange } from './exchange.ts'
import type { Request } from './http-server.ts'
import type { HttpLog } from './rooms.ts'

/** A look at the event loop is good for so long. */
const LOOK_EVERY_MS = 50
/** Used so much, the loop has no time left for more. */
const BUSY = 0.9
/** Of what is shed last there may be so many times as many at once. */
const URGENT_TIMES = 3
const TELL_EVERY_MS = 1_000

/** Seconds for which who is turned away is asked to stay away. */
export const RETRY_AFTER = 1

/** Made once: who has no time has none for that either. */
export const TURNED_AWAY = new Refused({
  kind: 'unavailable',
  detail: 'More is asked than can be done now.',
  retryAfter: RETRY_AFTER,
})

export interface Admission {
  /** The same question, for who turns away himself and says so. */
  admits(req: Request, working: number): boolean
  turnedAway(): void
  /**
   * @param working requests that are worked on now, this one too; those that wait for their clients are none.
   * @throws Refused `unavailable`
   */
  mustAdmit(exchange: Pick<Exchange, 'req' | 'shed'>, working: number): void
}

/**
 * @param atMost requests worked on at once while the event loop is busy.
 * @param utilisation of the event loop since it was asked last, 0 to 1.
 */
export function createAdmission(
  atMost: number,
  utilisation: () => number,
  clock: Clock,
  log: Pick<HttpLog, 'warn'>,
): Admission {
  let lookedAt = -Infinity
  let busy = false
  let shed = 0
  const tell = (): void => {
    log.warn({ shed }, 'more is asked than can be done: requests were turned away')
    shed = 0
  }
  const admits = (req: Request, working: number): boolean => {
    const now = stopwatch()
    if (now - lookedAt >= LOOK_EVERY_MS) {
      busy = utilisation() > BUSY
      lookedAt = now
    }
    return !busy || working <= atMost || (working <= URGENT_TIMES * atMost && isUrgent(req))
  }
  const turnedAway = (): void => {
    if (shed === 0) clock.at(clock.now() + TELL_EVERY_MS, tell)
    shed += 1
  }
  return {
    admits,
    turnedAway,
    mustAdmit(exchange, working) {
      if (admits(exchange.req, working)) return
      turnedAway()
      exchange.shed = true
      throw TURNED_AWAY
    },
  }
}

const QUIET_WRITE = /\/(?:org\.cpm-xdms\.do-not-disturb\/|do-not-disturb(?:$|\?))/
const PREFERENCE_READ = /\/(?:org\.cpm-xdms\.|preferences(?:$|\?)|do-not-disturb(?:$|\?)|active-profile(?:$|\?))/
const ACKNOWLEDGEMENT = /\/inbox\/[^/]+\/received$/

/** Who wants silence, who decides for a message that is on its way, and what makes room: they are shed last. */
function isUrgent({ method, url }: Request): boolean {
  switch (method) {
    case 'PUT':
    case 'DELETE':
      return QUIET_WRITE.test(url)
    case 'GET':
    case 'HEAD':
      return PREFERENCE_READ.test(url)
    case 'POST':
      return ACKNOWLEDGEMENT.test(url)
    default:
      return false
  }
}
