/** What concerns a user besides his documents: the preferences in force, his devices, what waits for him. */
import * as z from '../zod.ts'
import type { Instant } from '../clock.ts'
import { preferencesAnswer } from '../preferences/answer.ts'
import { Refused } from '../refusal.ts'
import { isModified } from '../xcap/conditions.ts'
import { emptyAnswer, jsonAnswer, quotedTag, type Answer } from './exchange.ts'
import { checkForm } from '../form.ts'
import { readInstant } from './instants.ts'
import {
  hasNoBody,
  mustBeAllowed,
  ownerOf,
  param,
  readJson,
  type AuthenticatedRequest,
  type HttpContext,
  type Route,
} from './route.ts'

/** An identifier is an index key of the store, and no URN of a device comes near. */
const DEVICE_CHARACTERS_AT_MOST = 255

/** RFC 3986 §3, as far as it matters: a scheme, and then something without blanks. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/

const MEDIA_RANGE = /^(?:\*\/\*|[A-Za-z0-9!#$&_.+^-]+\/(?:\*|[A-Za-z0-9!#$&_.+^-]+))$/

const mediaRange = z
  .string('must be text')
  .max(255, 'has at most 255 characters')
  .regex(MEDIA_RANGE, 'must be type/subtype, type/* or */*')

const ADDRESS_CHARACTERS_AT_MOST = 2048
const key = z.string('must be text').max(255, 'has at most 255 characters')
const address = z
  .string('must be text')
  .max(ADDRESS_CHARACTERS_AT_MOST, `has at most ${ADDRESS_CHARACTERS_AT_MOST} characters`)

/** `null` forgets the one that was given. */
const PUSH = z.union(
  [
    z.strictObject({ kind: z.literal('web-push'), endpoint: address, p256dh: key, auth: key }),
    z.strictObject({ kind: z.literal('webhook'), url: address }),
    z.null(),
  ],
  'must be a web-push address with endpoint, p256dh and auth, a webhook with url, or null',
)

const REGISTRATION = z.strictObject({
  expiresIn: z.int('must be a whole number of seconds').min(1, 'must be at least 1').exactOptional(),
  accepts: z.array(mediaRange, 'must be an array').max(64, 'has at most 64 members').exactOptional(),
  maxBytes: z.int('must be a whole number of bytes').min(0, 'must not be negative').exactOptional(),
  connectivity: z
    .string('must be text')
    .min(1, 'must not be empty')
    .max(64, 'has at most 64 characters')
    .exactOptional(),
  push: PUSH.exactOptional(),
})

export function presenceRoutes(context: HttpContext): readonly Route[] {
  const { rooms } = context
  return [
    { method: 'GET', path: '/api/users/{xui}/preferences', answer: (request) => preferences(context, request) },
    { method: 'GET', path: '/api/users/{xui}/registrations', answer: (request) => registrations(context, request) },
    { method: 'PUT', path: '/api/users/{xui}/registrations/{device}', answer: (request) => register(context, request) },
    {
      method: 'DELETE',
      path: '/api/users/{xui}/registrations/{device}',
      answer: (request) => unregister(context, request),
    },
    { method: 'GET', path: '/api/push', answer: async () => jsonAnswer(200, { vapidPublicKey: rooms.push.publicKey }) },
    { method: 'GET', path: '/api/users/{xui}/deferred', answer: (request) => deferred(context, request) },
  ]
}

/** `{device}`: a URI, percent-encoded in the path. */
export function deviceOf(request: AuthenticatedRequest): string {
  return readDevice(param(request, 'device'))
}

function readDevice(device: string): string {
  if (device.length > DEVICE_CHARACTERS_AT_MOST || !URI.test(device)) {
    const detail =
      `A device is named by a URI of at most ${DEVICE_CHARACTERS_AT_MOST} characters, such as ` +
      `its +sip.instance URN.`
    throw new Refused({ kind: 'bad-request', detail })
  }
  return device
}

async function preferences(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms } = context
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  const device = request.query.get('device')
  const instant: Instant = request.query.has('at')
    ? readInstant(request.query.get('at') ?? '', 'at')
    : rooms.clock.now()
  const inForce = await rooms.preferencesOf(await rooms.homes.read(owner))
  const { answer, etag } = preferencesAnswer(inForce, device === null ? undefined : readDevice(device), instant)
  const headers = { etag: quotedTag(etag) }
  if (!isModified(request.conditions(), etag)) return emptyAnswer(304, { 'cache-control': 'no-cache', ...headers })
  return jsonAnswer(200, answer, headers)
}

async function registrations(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-registrations', owner)
  return jsonAnswer(200, { registrations: await context.rooms.participating.registrations(owner) })
}

async function register(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'write-registrations', owner)
  const device = deviceOf(request)
  // Every field is optional, and so is the body.
  const form = checkForm(
    REGISTRATION,
    hasNoBody(request) ? {} : await readJson(request, context, context.settings.limits.jsonBytes),
  )
  const { expiresIn, accepts, maxBytes, connectivity, push } = form
  const { kind, registration } = await context.rooms.participating.register(owner, device, {
    expiresIn,
    accepts,
    maxBytes,
    connectivity,
    ...(push === undefined ? {} : { push: push ?? 'none' }),
  })
  return jsonAnswer(kind === 'created' ? 201 : 200, registration)
}

async function unregister(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'write-registrations', owner)
  if (await context.rooms.participating.unregister(owner, deviceOf(request))) return emptyAnswer(204)
  throw new Refused({ kind: 'not-found', detail: 'This device is not known.' })
}

async function deferred(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  return jsonAnswer(200, { messages: await context.rooms.participating.deferred(owner) })
}
