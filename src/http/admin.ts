/** For whoever runs the server: is it alive, does it serve, what does it do? Without authentication, so not for the world. */
import { Refused } from '../refusal.ts'
import { emptyAnswer, jsonAnswer, type Answer, type Exchange } from './exchange.ts'
import type { Metrics } from './metrics.ts'
import type { HttpRooms } from './rooms.ts'

export const ADMIN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

const NOT_KEPT = { 'cache-control': 'no-store' } as const
const ALLOW = ['GET', 'HEAD', 'OPTIONS']

export async function answerAdmin(
  exchange: Exchange,
  path: string,
  rooms: Pick<HttpRooms, 'ready'>,
  metrics: Metrics,
  draining: boolean,
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
      // A server that is ending is still alive, and no longer ready.
      if (draining) throw new Refused({ kind: 'unavailable', detail: 'The server is ending.', retryAfter: 1 })
      await rooms.ready()
      return jsonAnswer(200, { status: 'ready' }, NOT_KEPT)
    default:
      return {
        kind: 'whole',
        status: 200,
        headers: { 'content-type': metrics.contentType, ...NOT_KEPT },
        body: Buffer.from(await metrics.text()),
      }
  }
}
