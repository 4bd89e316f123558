/** Messages come in, and their state is told. */
import * as z from '../zod.ts'
import type { Instant } from '../clock.ts'
import type { ReportKind } from '../participating/contracts/inbox.ts'
import type { Submission } from '../participating/participating.ts'
import { othersFirst } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import { readXui, userNamed } from '../xui.ts'
import { emptyAnswer, jsonAnswer, type Answer } from './exchange.ts'
import { checkForm } from '../form.ts'
import { bytesOfBase64, bytesOfText } from './body-bytes.ts'
import { parseInstant } from './instants.ts'
import { messageOf, readJson, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'
import { recordDeed } from './trail.ts'

/** `type/subtype` with parameters (RFC 9110 §8.3.1); their values are for whoever reads the message. */
const MEDIA_TYPE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+\/[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*;[\x20-\x7e\t]*)?$/
/** JSON around the body: names, addresses, subject. */
const ENVELOPE_BYTES = 65_536
/** A count of seconds that no message means; what the policy allows is less. */
const CENTURY_SECONDS = 3_155_760_000

const text = z.string('must be text')
const line = text.max(998, 'has at most 998 characters').regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line')
const address = text.max(255, 'has at most 255 characters').regex(/^[^\s\u0000-\u001f\u007f]+$/, 'must be a URI')

const MESSAGE = z
  .strictObject({
    messageId: text.regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 visible ASCII characters').exactOptional(),
    from: address.exactOptional(),
    to: address,
    subject: line.exactOptional(),
    contentType: text
      .max(255, 'has at most 255 characters')
      .regex(MEDIA_TYPE, 'must be a media type, such as text/plain'),
    body: text.exactOptional(),
    bodyBase64: text.exactOptional(),
    expires: text
      .refine(
        (value) => parseInstant(value) !== undefined,
        'must be an instant with its offset, such as 2026-11-21T07:00:00Z',
      )
      .exactOptional(),
    expiresIn: z.int('must be a whole number of seconds').min(1, 'must be at least 1').exactOptional(),
    reports: z
      .array(z.enum(['delivery', 'failure'], 'must be delivery or failure'), 'must be an array')
      .max(2, 'has at most 2 members')
      .exactOptional(),
    privacy: z.boolean('must be true or false').exactOptional(),
    conversation: line.exactOptional(),
    group: line.exactOptional(),
    file: z.boolean('must be true or false').exactOptional(),
  })
  .check(({ value, issues }) => {
    for (const [one, other] of [
      ['body', 'bodyBase64'],
      ['expires', 'expiresIn'],
    ] as const) {
      if (value[one] === undefined || value[other] === undefined) continue
      issues.push({ code: 'custom', input: value, path: [other], message: `cannot stand beside ${one}` })
    }
  })

export function messageRoutes(context: HttpContext): readonly Route[] {
  return [
    { method: 'POST', path: '/api/messages', answer: (request) => submit(context, request) },
    { method: 'GET', path: '/api/messages/{id}', answer: (request) => read(context, request) },
    { method: 'DELETE', path: '/api/messages/{id}', answer: (request) => drop(context, request) },
  ]
}

async function submit(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms, settings } = context
  const form = checkForm(
    MESSAGE,
    await readJson(
      request,
      context,
      Math.ceil((settings.limits.messageBytes * 4) / 3) + ENVELOPE_BYTES,
      ENVELOPE_BYTES,
    ),
  )
  await othersFirst((form.body ?? form.bodyBase64 ?? '').length)
  const body = await bodyOf(form, settings.limits.messageBytes)
  await othersFirst(body.length)
  const { realm } = request.exchange
  const submission: Submission = {
    messageId: form.messageId,
    from: form.from === undefined ? undefined : (userNamed(form.from, realm) ?? form.from),
    to: readXui(form.to, realm),
    subject: form.subject,
    contentType: form.contentType,
    body,
    expires: expiryOf(form, rooms.clock.now()),
    reports: [...new Set<ReportKind>(form.reports ?? [])],
    privacy: form.privacy ?? false,
    conversation: form.conversation,
    group: form.group,
    file: form.file ?? false,
  }
  const message = await rooms.participating.accept(request.principal, submission)
  request.exchange.message = message.id
  return jsonAnswer(202, message, { location: `/api/messages/${encodeURIComponent(message.id)}` })
}

async function bodyOf({ body, bodyBase64, contentType }: z.infer<typeof MESSAGE>, limit: number): Promise<Uint8Array> {
  if (body === undefined && bodyBase64 === undefined) {
    const errors = [{ path: '/body', message: 'is missing, and bodyBase64 too' }]
    throw new Refused({ kind: 'bad-request', detail: 'A message has a body.', errors })
  }
  if (body !== undefined) mustBeText(body, contentType)
  const bytes = bodyBase64 === undefined ? await bytesOfText(body ?? '') : await bytesOfBase64(bodyBase64)
  if (bytes === undefined) {
    const errors = [{ path: '/bodyBase64', message: 'must be base64' }]
    throw new Refused({ kind: 'not-of-the-format', detail: 'The body is not of the format.', errors })
  }
  if (bytes.length > limit)
    throw new Refused({ kind: 'too-large', detail: `The body of a message has at most ${limit} bytes.` })
  return bytes
}

/** `body` is kept as UTF-8: what that cannot say, or what is labelled otherwise, would arrive as something else. */
function mustBeText(body: string, contentType: string): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1]?.toLowerCase()
  const labelled = charset === undefined || charset === 'utf-8' || charset === 'us-ascii'
  if (labelled && body.isWellFormed()) return
  const message = labelled ? 'has half of a surrogate pair' : `is sent as ${charset}; send its bytes as bodyBase64`
  throw new Refused({
    kind: 'not-of-the-format',
    detail: 'The body cannot be kept as it is.',
    errors: [{ path: '/body', message }],
  })
}

function expiryOf({ expires, expiresIn }: z.infer<typeof MESSAGE>, now: Instant): Instant | undefined {
  if (expiresIn !== undefined) return now + Math.min(expiresIn, CENTURY_SECONDS) * 1_000
  return expires === undefined ? undefined : parseInstant(expires)
}

async function drop(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { participating } = context.rooms
  const { principal, query, exchange } = request
  const message = messageOf(request)
  if (principal.role !== 'administrator') await participating.drop(principal, message)
  else {
    const reason = reasonOf(query)
    const user = await participating.drop(principal, message, reason)
    await recordDeed(context, exchange, { what: 'message-removed', user, after: { message, reason } })
  }
  return emptyAnswer(204)
}

/** Who takes away what is another's says why; that is kept with the message. */
function reasonOf(query: URLSearchParams): string {
  const reason = line.min(1).safeParse(query.get('reason'))
  if (reason.success) return reason.data
  throw new Refused({ kind: 'bad-request', detail: 'Say why, in one line: ?reason=…' })
}

async function read({ rooms }: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const message = await rooms.participating.message(request.principal, messageOf(request))
  if (message === undefined) throw new Refused({ kind: 'not-found', detail: 'There is no such message.' })
  return jsonAnswer(200, message)
}
