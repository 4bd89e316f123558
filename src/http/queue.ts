/** What operators do with messages: look for them, let them go. What they take away goes by `messages.ts`. */
import { checkForm } from '../form.ts'
import type { MessageQuery, MessageState, WaitingReason } from '../participating/participating.ts'
import { Refused } from '../refusal.ts'
import { readXui } from '../xui.ts'
import * as z from '../zod.ts'
import { jsonAnswer, type Answer } from './exchange.ts'
import { chosen, hasNoBody, messageOf, mustBeAllowed, pageSize, readJson } from './route.ts'
import type { AuthenticatedRequest, HttpContext, Route } from './route.ts'
import { recordDeed } from './trail.ts'

export const STATES = [
  'deferred',
  'delivering',
  'delivered',
  'stored',
  'interworked',
  'forwarded',
  'handed-over',
  'discarded',
  'failed',
] as const satisfies readonly MessageState[]
export const REASONS = [
  'preference',
  'do-not-disturb',
  'no-applicable-device',
  'not-reached',
  'not-acknowledged',
] as const satisfies readonly WaitingReason[]

const RELEASE = z.strictObject({ evenIfQuiet: z.boolean('must be true or false').exactOptional() })
const ASKED: ReadonlySet<string> = new Set(['messageId', 'from', 'to', 'state', 'reason', 'after', 'limit'])

export function queueRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'GET', path: '/api/messages', answer: (request) => find(context, request) },
    { method: 'POST', path: '/api/messages/{id}/release', answer: (request) => release(context, request) },
  ]
}

async function find(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { principal, query } = request
  await mustBeAllowed(context, request, 'search-messages', 'global')
  const unknown = [...query.keys()].find((name) => !ASKED.has(name))
  // A misspelt filter would be none, and a command would then take away other messages than it was meant to.
  if (unknown !== undefined)
    throw new Refused({ kind: 'bad-request', detail: `"${unknown}" is none of ${[...ASKED].join(', ')}.` })
  const after = query.get('after') ?? undefined
  const limit = pageSize(query.get('limit'))
  return jsonAnswer(
    200,
    await context.rooms.participating.find(principal, queryOf(query, request.exchange.realm), after, limit),
  )
}

/** @throws Refused `bad-request` */
function queryOf(query: URLSearchParams, realm: string): MessageQuery {
  const messageId = query.get('messageId')
  const from = query.get('from')
  const to = query.get('to')
  const state = chosen('state', STATES, query.get('state'))
  const reason = chosen('reason', REASONS, query.get('reason'))
  return {
    ...(messageId === null ? {} : { messageId }),
    ...(from === null ? {} : { from: readXui(from, realm) }),
    ...(to === null ? {} : { to: readXui(to, realm) }),
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
  }
}

async function release(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { jsonBytes } = context.settings.limits
  const { evenIfQuiet = false } = hasNoBody(request)
    ? {}
    : checkForm(RELEASE, await readJson(request, context, jsonBytes))
  const { principal, exchange } = request
  const message = await context.rooms.participating.release(principal, messageOf(request), evenIfQuiet)
  if (principal.role === 'administrator')
    await recordDeed(context, exchange, {
      what: 'message-released',
      user: readXui(message.to),
      after: { message: message.id },
    })
  return jsonAnswer(202, message)
}
