/** S4: what is in a user's message store, wherever that is: listed, read, marked as read, removed. */
import { instantText } from '../clock.ts'
import type { StoredView } from '../participating/contracts/message-store.ts'
import { Refused } from '../refusal.ts'
import { inTurns, piecesWithBody, type BodyMember } from './body-json.ts'
import { emptyAnswer, jsonAnswer, jsonBytesAnswer, type Answer } from './exchange.ts'
import { mustBeAllowed, ownerOf, param, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'

const PAGE_AT_MOST = 100

export function storedRoutes(context: HttpContext): readonly Route[] {
  const one = '/api/users/{xui}/stored/{id}'
  return [
    { method: 'GET', path: '/api/users/{xui}/stored', answer: (request) => list(context, request) },
    { method: 'GET', path: one, answer: (request) => open(context, request) },
    { method: 'DELETE', path: one, answer: (request) => remove(context, request) },
    { method: 'PUT', path: `${one}/read`, answer: (request) => markRead(context, request) },
  ]
}

async function list(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  const page = await context.rooms.messageStore.list(
    owner,
    request.query.get('after') ?? undefined,
    limitOf(request.query.get('limit')),
  )
  return jsonAnswer(200, { ...page, messages: page.messages.map(shown) })
}

function limitOf(text: string | null): number {
  if (text === null) return PAGE_AT_MOST
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new Refused({ kind: 'bad-request', detail: 'limit is a whole number, at least 1.' })
  return Math.min(Number(text), PAGE_AT_MOST)
}

async function open(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  const found = await context.rooms.messageStore.open(owner, param(request, 'id'))
  if (found === undefined) throw notThere()
  const { view, body } = found
  const write = (member: BodyMember): string => JSON.stringify({ ...shown(view), ...member })
  return jsonBytesAnswer(200, Buffer.concat(await inTurns(piecesWithBody(view.contentType, body, write))))
}

async function markRead(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-inbox', owner)
  if (!(await context.rooms.messageStore.markRead(owner, param(request, 'id')))) throw notThere()
  return emptyAnswer(204)
}

async function remove(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-inbox', owner)
  if (!(await context.rooms.messageStore.remove(owner, param(request, 'id')))) throw notThere()
  return emptyAnswer(204)
}

const notThere = (): Refused => new Refused({ kind: 'not-found', detail: 'There is no such message in the store.' })

function shown({ owner: _, temporary, sent, stored, ...view }: StoredView): object {
  return {
    ...view,
    sent: instantText(sent),
    stored: instantText(stored),
    temporary: temporary !== undefined,
    ...(temporary === undefined ? {} : { expires: instantText(temporary.expires), onExpiry: temporary.onExpiry }),
  }
}
