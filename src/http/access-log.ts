/** One line of JSON for each request. No credentials, no bodies, no query of anything but what was asked for. */
import { claimedName, printableName } from '../access/claimed-name.ts'
import type { Exchange } from './exchange.ts'
import type { HttpLog } from './rooms.ts'

const PATH_AT_MOST = 1_024

export function logRequest(
  log: HttpLog,
  { req, principal, requestId, address, tried, message }: Exchange,
  status: number,
  milliseconds: number,
  bytes: number,
): void {
  log[levelOf(status, req.headers.authorization !== undefined)](
    {
      requestId,
      address,
      method: req.method,
      path: printableTarget(req.url),
      status,
      ms: Math.round(milliseconds * 1_000) / 1_000,
      principal: principal?.xui,
      tried: principal === undefined ? (printableName(tried) ?? claimedName(req.headers.authorization)) : undefined,
      message,
      bytes,
    },
    'request',
  )
}

/** A 401 to who has not said who he is begins every login by Digest, and is no trouble of anybody's. */
function levelOf(status: number, saidWho: boolean): 'info' | 'warn' | 'error' {
  if (status >= 500) return 'error'
  return status >= 400 && (saidWho || status !== 401) ? 'warn' : 'info'
}

/** A connection that was cut because of what it sent ahead of its answers. */
export function logCut(log: HttpLog, aheadAtMost: number): void {
  log.info({ requestsAhead: aheadAtMost }, 'a client sent too many requests ahead of their answers, and was cut')
}

/** A request that could not be read as one. */
export function logUnreadable(log: HttpLog, status: number, code: string | undefined): void {
  log.info({ method: undefined, path: undefined, status, code }, 'request')
}

/**
 * JSON escapes control characters; what else breaks a line somewhere (U+0085, U+2028, U+2029) is none of a target's
 * characters.
 */
export function printableTarget(text: string): string {
  const cut = text.length > PATH_AT_MOST ? `${text.slice(0, PATH_AT_MOST)}…` : text
  return cut.replace(/[^\x20-\x7e…]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
