/** Who changed what, and who was refused for who he is: one line each, apart from the line of the request. */
import { printableTarget } from './access-log.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { HttpLog } from './rooms.ts'

const CHANGING: ReadonlySet<string> = new Set(['PUT', 'DELETE', 'POST'])

/**
 * Neither bodies nor header fields: what was sent is nobody's but the user's. Said when the answer is made, so also
 * where nobody takes it.
 */
export function logAudit(log: HttpLog, exchange: Exchange, answer: Answer): void {
  if (answer.kind !== 'whole') return
  const audit = kindOf(exchange, answer.status)
  if (audit === undefined) return
  const { req, requestId, address, principal, changed, deed } = exchange
  log.info(
    {
      audit,
      requestId,
      address,
      by: principal?.xui,
      method: req.method,
      path: printableTarget(req.url),
      status: answer.status,
      etagBefore: changed?.before,
      etagAfter: changed?.etag,
      ...deed,
    },
    'audit',
  )
}

function kindOf({ req, principal, route }: Exchange, status: number): 'change' | 'refusal' | undefined {
  if (status < 300) return principal !== undefined && CHANGING.has(req.method) ? 'change' : undefined
  // A first request without credentials is told how to log in, which is no refusal yet.
  if (status === 401) return saysWho(req, route) ? 'refusal' : undefined
  return status === 403 || status === 429 ? 'refusal' : undefined
}

/** A browser logs in by a body. */
export function saysWho({ method, headers }: Exchange['req'], route: string): boolean {
  return headers.authorization !== undefined || (route === '/api/session' && method === 'POST')
}
