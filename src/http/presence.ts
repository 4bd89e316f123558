/** What concerns a user besides his documents: the preferences in force, his devices, what waits for him. */
import { z } from 'zod'
import type { Instant } from '../clock.ts'
import { preferencesAnswer } from '../preferences/answer.ts'
import { Refused } from '../refusal.ts'
import { isModified } from '../xcap/conditions.ts'
import { emptyAnswer, jsonAnswer, quoted, type Answer } from './exchange.ts'
import { checkForm } from './form.ts'
import { readInstant } from './instants.ts'
import { hasNoBody, mayHe, ownerOf, param, readJson, type Asked, type Doors, type Route } from './route.ts'

/** An identifier is an index key of the store, and no URN of a device comes near. */
const DEVICE_CHARACTERS_AT_MOST = 255

/** RFC 3986 §3, as far as it matters: a scheme, and then something without blanks. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/

const MEDIA_RANGE = /^(?:\*\/\*|[A-Za-z0-9!#$&_.+^-]+\/(?:\*|[A-Za-z0-9!#$&_.+^-]+))$/

const mediaRange = z
  .string('must be text')
  .max(255, 'has at most 255 characters')
  .regex(MEDIA_RANGE, 'must be type/subtype, type/* or */*')

const REGISTRATION = z.strictObject({
  expiresIn: z.int('must be a whole number of seconds').min(1, 'must be at least 1').exactOptional(),
  accepts: z.array(mediaRange, 'must be an array').max(64, 'has at most 64 members').exactOptional(),
  maxBytes: z.int('must be a whole number of bytes').min(0, 'must not be negative').exactOptional(),
  connectivity: z
    .string('must be text')
    .min(1, 'must not be empty')
    .max(64, 'has at most 64 characters')
    .exactOptional(),
})

export function presenceRoutes(doors: Doors): readonly Route[] {
  return [
    { method: 'GET', path: '/api/users/{xui}/preferences', handle: (asked) => preferences(doors, asked) },
    { method: 'GET', path: '/api/users/{xui}/registrations', handle: (asked) => registrations(doors, asked) },
    { method: 'PUT', path: '/api/users/{xui}/registrations/{device}', handle: (asked) => register(doors, asked) },
    { method: 'DELETE', path: '/api/users/{xui}/registrations/{device}', handle: (asked) => unregister(doors, asked) },
    { method: 'GET', path: '/api/users/{xui}/deferred', handle: (asked) => deferred(doors, asked) },
  ]
}

/** `{device}`: a URI, percent-encoded in the path. */
export function deviceOf(asked: Asked): string {
  return readDevice(param(asked, 'device'))
}

function readDevice(device: string): string {
  if (device.length > DEVICE_CHARACTERS_AT_MOST || !URI.test(device)) {
    const detail = `A device is named by a URI of at most ${DEVICE_CHARACTERS_AT_MOST} characters, such as its +sip.instance URN.`
    throw new Refused({ kind: 'bad-request', detail })
  }
  return device
}

async function preferences(doors: Doors, asked: Asked): Promise<Answer> {
  const { rooms } = doors
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'read-messages', owner)
  const device = asked.query.get('device')
  const instant: Instant = asked.query.has('at') ? readInstant(asked.query.get('at') ?? '', 'at') : rooms.clock.now()
  const inForce = await rooms.preferencesOf(await rooms.homes.read(owner))
  const { answer, etag } = preferencesAnswer(inForce, device === null ? undefined : readDevice(device), instant)
  const headers = { etag: quoted(etag) }
  if (!isModified(asked.conditions(), etag)) return emptyAnswer(304, { 'cache-control': 'no-cache', ...headers })
  return jsonAnswer(200, answer, headers)
}

async function registrations(doors: Doors, asked: Asked): Promise<Answer> {
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'read-registrations', owner)
  return jsonAnswer(200, { registrations: await doors.rooms.participating.registrations(owner) })
}

async function register(doors: Doors, asked: Asked): Promise<Answer> {
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'write-registrations', owner)
  const device = deviceOf(asked)
  // Every field is optional, and so is the body.
  const form = checkForm(
    REGISTRATION,
    hasNoBody(asked) ? {} : await readJson(asked, doors, doors.settings.limits.jsonBytes),
  )
  const { expiresIn, accepts, maxBytes, connectivity } = form
  const { kind, registration } = await doors.rooms.participating.register(owner, device, {
    expiresIn,
    accepts,
    maxBytes,
    connectivity,
  })
  return jsonAnswer(kind === 'created' ? 201 : 200, registration)
}

async function unregister(doors: Doors, asked: Asked): Promise<Answer> {
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'write-registrations', owner)
  if (await doors.rooms.participating.unregister(owner, deviceOf(asked))) return emptyAnswer(204)
  throw new Refused({ kind: 'not-found', detail: 'This device is not known.' })
}

async function deferred(doors: Doors, asked: Asked): Promise<Answer> {
  const owner = ownerOf(asked)
  await mayHe(doors, asked, 'read-messages', owner)
  return jsonAnswer(200, { messages: await doors.rooms.participating.deferred(owner) })
}
