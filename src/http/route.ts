/** A route of the REST side, and what its handler is given. */
import { authorize, mustStillHold, type AccessAction } from '../access/authorize.ts'
import type { Principal } from '../access/account.ts'
import { identifier } from '../clock.ts'
import { mediaTypeOf } from '../media-type.ts'
import { checkedName, type Owner, type Xui } from '../names.ts'
import { inRounds, LARGE_BYTES, laterRound, othersFirst } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import type { Conditions } from '../xcap/request.ts'
import { readXui } from '../xui.ts'
import { readBody } from './body.ts'
import type { Answer, Exchange } from './exchange.ts'
import { jsonFault } from './json-fault.ts'
import { parseLongJson } from './long-json.ts'
import { mustBeBounded, type Span } from './json-bounds.ts'
import type { HttpRooms } from './rooms.ts'
import type { HttpLimits, HttpSettings } from './settings.ts'
import { createShares, takerOf, type Shares } from './shares.ts'
import type { StreamRevocation } from './stream-revocation.ts'

export type Method = 'GET' | 'PUT' | 'DELETE' | 'POST'

export type Route = {
  readonly method: Method
  /** As in openapi.yaml: `/api/users/{xui}`. */
  readonly path: string
} & (
  | { readonly answer: (request: AuthenticatedRequest) => Promise<Answer> }
  /** Without asking who it is. */
  | { readonly answerAnybody: (exchange: Exchange) => Promise<Answer> }
)

/** Of those of one path. */
export function methodsOf(routes: readonly Route[]): readonly string[] {
  return [...routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
}

/** What is counted for all together and for each user. */
export interface HttpShares {
  readonly requests: Shares
  /** Of each address. */
  readonly logins: Shares<string>
  /** In bytes. */
  readonly bodies: Shares
  readonly streams: Shares
  /** In bytes. */
  readonly backlog: Shares
}

export function sharesOf(limits: HttpLimits): HttpShares {
  return {
    requests: createShares('requests', { whole: limits.requestsInFlight, ofUser: limits.requestsOfUser }),
    logins: createShares('logins', { whole: limits.logins, ofUser: limits.loginsOfAddress }),
    bodies: createShares('bodies', { whole: limits.bodyBytesInFlight, ofUser: limits.bodyBytesOfUser }),
    streams: createShares('event streams', { whole: limits.streams, ofUser: limits.streamsOfUser }),
    backlog: createShares('unread events', { whole: limits.backlogBytes, ofUser: limits.backlogBytesOfUser }),
  }
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
  const { principal, answerHeaders, scheme, until } = await rooms.authenticate(exchange.req)
  exchange.principal = principal
  exchange.authenticatedUntil = until
  exchange.bySession = scheme === 'session'
  exchange.answerHeaders = answerHeaders
  shares.requests.take(takerOf(principal), 1)
  exchange.holdsSlot = true
  return principal
}

export async function mustBeAllowed(
  { rooms }: HttpContext,
  request: AuthenticatedRequest,
  action: AccessAction,
  owner: Owner,
): Promise<void> {
  await authorize(rooms.accounts, request.principal, action, owner)
}

/** `{id}` of a message, which the log says too. */
export function messageOf(request: AuthenticatedRequest): string {
  const id = param(request, 'id')
  request.exchange.message = id
  return id
}

/** A piece of the path; the router has seen to it that there is one. */
export function param(request: AuthenticatedRequest, name: string): string {
  return checkedName(request.params[name] ?? '')
}

/** `{xui}` */
export function ownerOf(request: AuthenticatedRequest): Xui {
  return readXui(param(request, 'xui'), request.exchange.realm)
}

/** The media type of the body; `undefined` where none was said. */
export function contentTypeOf({ req }: Exchange): string | undefined {
  const type = req.headers['content-type']
  return type === undefined ? undefined : mediaTypeOf(type)
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
  mustBeJson(exchange)
  const bytes = await readBodyOf(exchange, principal, context, limit)
  await mustStillBeAllowed(exchange, principal, context)
  return parseJson(bytes, context, restBytes)
}

/** @throws Refused `unsupported-media-type` */
export function mustBeJson(exchange: Exchange): void {
  if (contentTypeOf(exchange) === 'application/json') return
  throw new Refused({ kind: 'unsupported-media-type', detail: 'This takes application/json.' })
}

/** @throws Refused `bad-request` */
export async function parseJson(bytes: Buffer, context: HttpContext, restBytes = bytes.length): Promise<unknown> {
  const { jsonDepth: depth, jsonMembers: members } = context.settings.limits
  await othersFirst(bytes.length)
  const longest = await inRounds(mustBeBounded(bytes, { depth, members, restBytes }))
  if (longest.end - longest.start > LARGE_BYTES) return parseLong(bytes, longest, context)
  const text = await bodyTextOf(bytes)
  await othersFirst(bytes.length)
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused({ kind: 'bad-request', detail: jsonFault(text) })
  } finally {
    await othersFirst(bytes.length)
  }
}

async function parseLong(bytes: Buffer, longest: Span, { rooms }: HttpContext): Promise<unknown> {
  try {
    return await parseLongJson(bytes, longest, identifier(rooms.random))
  } catch (error) {
    if (error instanceof Refused) throw error
    throw error instanceof TypeError
      ? new Refused({ kind: 'bad-request', detail: NOT_UTF_8 })
      : new Refused({ kind: 'bad-request', detail: 'The body is no JSON.' })
  }
}

const NOT_UTF_8 = 'The body is not in UTF-8.'

/** So many bytes are made text in one go. */
const TEXT_AT_ONCE = 1_048_576

/** @throws Refused `bad-request` for what is not UTF-8: other bytes would be kept as another password or name. */
export async function bodyTextOf(bytes: Buffer): Promise<string> {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    if (bytes.length <= TEXT_AT_ONCE) return decoder.decode(bytes)
    let text = ''
    for (let at = 0; at < bytes.length; at += TEXT_AT_ONCE) {
      text += decoder.decode(bytes.subarray(at, at + TEXT_AT_ONCE), { stream: true })
      await laterRound()
    }
    return text + decoder.decode()
  } catch {
    throw new Refused({ kind: 'bad-request', detail: NOT_UTF_8 })
  }
}

/** The body, which counts against what the bodies of this principal may have. @throws Refused what `readBody` throws */
export function readBodyOf(
  exchange: Exchange,
  principal: Principal,
  { shares }: HttpContext,
  limit: number,
): Promise<Buffer> {
  return readBody(exchange, limit, shares.bodies, takerOf(principal))
}

/**
 * A body that comes with its header fields is there at once; later than this, something may have happened meanwhile.
 */
const AT_ONCE_MS = 5

/**
 * Behind a body that took its time: the account may have gone, or lost its role, before it was whole.
 * @throws Refused `forbidden`
 */
export async function mustStillBeAllowed(
  { bodyTook }: Exchange,
  principal: Principal,
  { rooms }: HttpContext,
): Promise<void> {
  if (bodyTook >= AT_ONCE_MS) await mustStillHold(rooms.accounts, principal)
}

/** True where no body was sent at all. */
export function hasNoBody({ exchange: { req } }: AuthenticatedRequest): boolean {
  return req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0
}

/** What one answer lists at most. */
const PAGE_AT_MOST = 100

/** @throws Refused `bad-request` */
export function pageSize(text: string | null): number {
  if (text === null) return PAGE_AT_MOST
  const size = /^\d+$/.test(text) ? Number(text) : 0
  if (size < 1) throw new Refused({ kind: 'bad-request', detail: '"limit" is a number from 1 on.' })
  return Math.min(size, PAGE_AT_MOST)
}

/** A parameter of the query. @throws Refused `bad-request` */
export function chosen<T extends string>(name: string, values: readonly T[], asked: string | null): T | undefined {
  if (asked === null) return undefined
  const found = values.find((value) => value === asked)
  if (found !== undefined) return found
  throw new Refused({ kind: 'bad-request', detail: `"${name}" is one of ${values.join(', ')}.` })
}
