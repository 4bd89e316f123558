/**
 * For whoever runs the server: is it alive, does it serve, what does it do? Without authentication, so not for the
 * world.
 */
import { stopwatch } from '../clock.ts'
import { Refused } from '../refusal.ts'
import { emptyAnswer, jsonAnswer, type Answer, type Exchange } from './exchange.ts'
import type { Metrics } from './metrics.ts'
import { PAGE_PATHS, pageAnswer } from './pages.ts'
import type { HttpRooms } from './rooms.ts'

export const ADMIN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics', ...PAGE_PATHS])

const NOT_KEPT = { 'cache-control': 'no-store' } as const
const ALLOW = ['GET', 'HEAD', 'OPTIONS']

/**
 * Whether the server serves: what it just found out is told again for a while, because finding out writes to the disk.
 */
export interface Readiness {
  /** @throws Refused `unavailable` */
  check(): Promise<void>
}

const READY_FOR_MS = 1_000

/**
 * @param draining a server that is ending is still alive, and no longer ready.
 * @param full as many requests are being worked on as may: the next one will hear 503.
 */
export function createReadiness(
  rooms: Pick<HttpRooms, 'ready'>,
  draining: () => boolean,
  full: () => boolean,
): Readiness {
  let checked: { readonly at: number; readonly answer: Promise<void> } | undefined
  return {
    check() {
      if (draining()) throw new Refused({ kind: 'unavailable', detail: 'The server is ending.', retryAfter: 1 })
      if (full()) throw new Refused({ kind: 'unavailable', detail: 'Too many requests at once.', retryAfter: 1 })
      const now = stopwatch()
      if (checked === undefined || now - checked.at > READY_FOR_MS) checked = { at: now, answer: rooms.ready() }
      return checked.answer
    },
  }
}

export async function answerAdmin(
  exchange: Exchange,
  path: string,
  readiness: Readiness,
  metrics: Metrics,
): Promise<Answer> {
  const { method } = exchange.req
  exchange.route = path
  if (method === 'OPTIONS') return emptyAnswer(204, { allow: ALLOW.join(', ') })
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refused({ kind: 'method-not-allowed', detail: `There is no ${method} here.`, allow: ALLOW })
  switch (path) {
    case '/healthz':
      return jsonAnswer(200, { status: 'alive' }, NOT_KEPT)
    case '/readyz':
      await readiness.check()
      return jsonAnswer(200, { status: 'ready' }, NOT_KEPT)
    case '/metrics':
      return {
        kind: 'whole',
        status: 200,
        headers: { 'content-type': metrics.contentType, ...NOT_KEPT },
        body: Buffer.from(await metrics.text()),
      }
    default:
      return pageAnswer(path)
  }
}
