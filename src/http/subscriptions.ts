/**
 * Webhooks: made, looked at, renewed, replayed and ended by whoever subscribed; for everybody else they do not exist.
 */
import * as z from '../zod.ts'
import { instantText } from '../clock.ts'
import { namedInFull, readTargets } from '../feed/targets.ts'
import { checkForm } from '../form.ts'
import type { Subscription } from '../notify/webhooks/subscription.ts'
import { Refused } from '../refusal.ts'
import { emptyAnswer, jsonAnswer, type Answer } from './exchange.ts'
import { hasNoBody, param, readJson, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'
import { defaultDiff, DIFFS, FORMS, rootOf } from './view.ts'

const PATH = '/api/subscriptions'
const ONE = '/api/subscriptions/{id}'

/** 30 years, in seconds: more is a mistake. */
const expiresIn = z.int('must be a whole number of seconds').min(1, 'must be at least 1').max(946_080_000)

const MAKING = z.strictObject({
  url: z.string().max(2_048),
  what: z.array(z.string().max(2_048)).max(64).exactOptional(),
  form: z.enum(FORMS).exactOptional(),
  diff: z.enum(DIFFS).exactOptional(),
  expiresIn: expiresIn.exactOptional(),
})
const RENEWAL = z.strictObject({ expiresIn: expiresIn.exactOptional() })
const REPLAY = z.strictObject({ after: z.string().max(64) })

export function subscriptionRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'POST', path: PATH, answer: (request) => subscribe(context, request) },
    { method: 'GET', path: PATH, answer: (request) => list(context, request) },
    { method: 'GET', path: ONE, answer: (request) => read(context, request) },
    { method: 'PUT', path: ONE, answer: (request) => renew(context, request) },
    { method: 'DELETE', path: ONE, answer: (request) => unsubscribe(context, request) },
    { method: 'POST', path: `${ONE}/replay`, answer: (request) => replay(context, request) },
  ]
}

async function subscribe(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms, settings } = context
  const { principal, exchange } = request
  const asked = checkForm(MAKING, await readJson(request, context, settings.limits.jsonBytes))
  const { url, form = 'json', diff = defaultDiff(form) } = asked
  const what = namedInFull(asked.what ?? [], exchange.realm)
  // Only whether it can be read: what the subscriber may see is asked again at each delivery.
  readTargets(what, rooms.xcap.usages, principal)
  const root = rootOf(context, exchange.req)
  const lifetime = asked.expiresIn === undefined ? undefined : asked.expiresIn * 1000
  const made = await rooms.subscribing.subscribe(principal, { url, what, form, diff, root, lifetime })
  const location = `${PATH}/${made.id}`
  return jsonAnswer(201, { ...shown(context, made), secret: made.secret }, { location })
}

async function list(context: HttpContext, { principal }: AuthenticatedRequest): Promise<Answer> {
  const all = await context.rooms.subscribing.all(principal.xui)
  return jsonAnswer(200, { subscriptions: all.map((one) => shown(context, one)) })
}

async function read(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { principal } = request
  return found(context, await context.rooms.subscribing.one(principal.xui, param(request, 'id')))
}

async function renew(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { jsonBytes } = context.settings.limits
  const asked = hasNoBody(request) ? {} : checkForm(RENEWAL, await readJson(request, context, jsonBytes))
  const lifetime = asked.expiresIn === undefined ? undefined : asked.expiresIn * 1000
  const { subscribing } = context.rooms
  return found(context, await subscribing.renew(request.principal.xui, param(request, 'id'), lifetime))
}

async function replay(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { after } = checkForm(REPLAY, await readJson(request, context, context.settings.limits.jsonBytes))
  const { subscribing } = context.rooms
  return found(context, await subscribing.replay(request.principal.xui, param(request, 'id'), after))
}

async function unsubscribe({ rooms }: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  if (await rooms.subscribing.unsubscribe(request.principal.xui, param(request, 'id'))) return emptyAnswer(204)
  throw unknown()
}

function found(context: HttpContext, subscription: Subscription | undefined): Answer {
  if (subscription === undefined) throw unknown()
  return jsonAnswer(200, shown(context, subscription))
}

function unknown(): Refused {
  return new Refused({ kind: 'not-found', detail: 'You have no such subscription.' })
}

/** Without the secret, which is shown once. */
function shown({ rooms }: HttpContext, subscription: Subscription): object {
  const { id, url, what, form, diff, state, failures, lastError, made, expires, next, ended } = subscription
  return {
    id,
    url,
    what,
    form,
    diff,
    state,
    position: rooms.subscribing.positionId(subscription),
    failures,
    lastError,
    made: instantText(made),
    expires: instantText(expires),
    next: next === undefined ? undefined : instantText(next),
    ended: ended && { at: instantText(ended.at), because: ended.because },
  }
}
