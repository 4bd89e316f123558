/** A route of the REST side, and what its handler is given. */
import { authorize, type Action } from '../access/authorize.ts'
import type { Principal } from '../access/account.ts'
import { stopwatch } from '../clock.ts'
import { checkedName, type Owner, type Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { Conditions } from '../xcap/request.ts'
import { readXui } from '../xui.ts'
import { readBody } from './body.ts'
import type { Answer, Exchange } from './exchange.ts'
import { mustBeBounded } from './json-bounds.ts'
import type { HttpRooms } from './rooms.ts'
import type { HttpSettings } from './settings.ts'
import { takerOf, type Shares } from './shares.ts'
import type { StreamRevocation } from './stream-revocation.ts'

export type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'

export interface Route {
  readonly method: Method
  /** As in openapi.yaml: `/api/users/{xui}`. */
  readonly path: string
  readonly answer: (request: AuthenticatedRequest) => Promise<Answer>
}

/** What is counted for all together and for each user. */
export interface HttpShares {
  readonly requests: Shares
  /** In bytes. */
  readonly bodies: Shares
  readonly streams: Shares
  /** In bytes. */
  readonly backlog: Shares
}

/** What all handlers share. */
export interface HttpContext {
  readonly rooms: HttpRooms
  readonly settings: HttpSettings
  readonly revocation: StreamRevocation
  readonly shares: HttpShares
}

/** A request whose author is known. */
export interface AuthenticatedRequest {
  readonly exchange: Exchange
  readonly principal: Principal
  /** Percent-decoded, once. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** @throws Refused `bad-request` */
  readonly conditions: () => Conditions
  /** HEAD: the answer's headers are wanted, nothing is to be opened. */
  readonly headOnly: boolean
}

/**
 * Who asks; from then on the request counts against what he may have at once.
 * @throws Refused `unauthenticated`, `too-many-failures`, `too-many-requests`, `unavailable`
 */
export async function identify(exchange: Exchange, { rooms, shares }: HttpContext): Promise<Principal> {
  const { principal, answerHeaders } = await rooms.authenticate(exchange.req)
  exchange.principal = principal
  exchange.answerHeaders = answerHeaders
  shares.requests.take(takerOf(principal), 1)
  exchange.holdsSlot = true
  return principal
}

export async function mustBeAllowed(
  { rooms }: HttpContext,
  request: AuthenticatedRequest,
  action: Action,
  owner: Owner,
): Promise<void> {
  await authorize(rooms.accounts, request.principal, action, owner)
}

/** A piece of the path; the router has seen to it that there is one. */
export function param(request: AuthenticatedRequest, name: string): string {
  return checkedName(request.params[name] ?? '')
}

/** `{xui}` */
export function ownerOf(request: AuthenticatedRequest): Xui {
  return readXui(param(request, 'xui'))
}

/** The media type in lower case, without parameters. */
export function contentTypeOf(exchange: Exchange): string | undefined {
  const type = exchange.req.headers['content-type']
  if (type === undefined) return undefined
  const semicolon = type.indexOf(';')
  return (semicolon === -1 ? type : type.slice(0, semicolon)).trim().toLowerCase()
}

/**
 * @param limit bytes
 * @param restBytes bytes of all but the longest text
 * @throws Refused `unsupported-media-type`, `too-large`, `bad-request` for what is no JSON, or too deep or too wide
 */
export async function readJson(
  { exchange, principal }: AuthenticatedRequest,
  context: HttpContext,
  limit: number,
  restBytes = limit,
): Promise<unknown> {
  if (contentTypeOf(exchange) !== 'application/json') {
    throw new Refused({ kind: 'unsupported-media-type', detail: 'This takes application/json.' })
  }
  const bytes = await readBodyOf(exchange, principal, context, limit)
  const { jsonDepth: depth, jsonMembers: members } = context.settings.limits
  mustBeBounded(bytes, { depth, members, restBytes })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Refused({ kind: 'bad-request', detail: 'The body is no JSON in UTF-8.' })
  }
}

/** A body that comes with its header fields is there at once; later than this, something may have happened meanwhile. */
const AT_ONCE_MS = 5

/**
 * A body that takes its time: the account may have gone, or lost its role, before it was whole.
 * @throws Refused `forbidden`, and what `readBody` throws
 */
export async function readBodyOf(
  exchange: Exchange,
  principal: Principal,
  { shares, rooms }: HttpContext,
  limit: number,
): Promise<Buffer> {
  const began = stopwatch()
  const body = await readBody(exchange, limit, shares.bodies, takerOf(principal))
  const { xui, role } = principal
  if (stopwatch() - began < AT_ONCE_MS || (await rooms.accounts.find(xui))?.role === role) return body
  throw new Refused({ kind: 'forbidden', detail: 'Your account changed while the request was on its way.' })
}

/** True where no body was sent at all. */
export function hasNoBody({ exchange: { req } }: AuthenticatedRequest): boolean {
  return req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0
}
