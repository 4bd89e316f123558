/** The cookie that a browser sends for its session, and what its pages must add so that no other page can use it. */
import type { IncomingMessage } from 'node:http'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { Instant } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { OriginOf } from './origin.ts'

const NAME = 'xdms-session'

export function readSessionCookie({ headers }: IncomingMessage): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[NAME]
}

/**
 * A value of `Set-Cookie`. No script reads it, no other site's page has it sent.
 * @param secure whether the browser asks over TLS: then it is never sent without.
 */
export function sessionCookie(token: string, now: Instant, expires: Instant, secure: boolean): string {
  return cookie(token, Math.ceil((expires - now) / 1_000), secure)
}

export function noSessionCookie(secure: boolean): string {
  return cookie('', 0, secure)
}

function cookie(value: string, maxAge: number, secure: boolean): string {
  return stringifySetCookie({ name: NAME, value, maxAge, path: '/', httpOnly: true, secure, sameSite: 'strict' })
}

/** RFC 9110 §9.2.1 */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser adds the cookie to whatever a page of this site asks, and ports of one host are one site. A page of another
 * origin sends `X-Requested-With` only where the server allows it, and this one allows it to none.
 * @throws Refused `forbidden`
 */
export function mustBeOfOurPages(req: IncomingMessage, originOf: OriginOf): void {
  mustNotBeOfOthers(req, originOf)
  if (SAFE_METHODS.has(req.method ?? '') || isOfScript(req)) return
  throw new Refused({ kind: 'forbidden', detail: 'With a session, what changes something needs X-Requested-With.' })
}

/** @throws Refused `forbidden` where the page that asks is of another origin. */
export function mustNotBeOfOthers(req: IncomingMessage, originOf: OriginOf): void {
  const { origin } = req.headers
  if (origin === undefined || origin.toLowerCase() === originOf(req)) return
  throw new Refused({ kind: 'forbidden', detail: 'A page of another origin asks, or a proxy that is not trusted.' })
}

/** Whether a script asks, which shows a login of its own: the browser is to show none. */
export function isOfScript({ headers }: IncomingMessage): boolean {
  return headers['x-requested-with'] !== undefined
}
