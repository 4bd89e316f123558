/** What the preferences say to a message or an invitation, now or at an instant; nothing is stored. */
import { checkForm } from '../form.ts'
import { Refused } from '../refusal.ts'
import { userNamed } from '../xui.ts'
import * as z from '../zod.ts'
import { jsonAnswer, type Answer } from './exchange.ts'
import { readInstant } from './instants.ts'
import { mustBeAllowed, ownerOf, readJson, type AuthenticatedRequest, type HttpContext, type Route } from './route.ts'

const MEDIA = ['audio', 'video', 'text', 'image', 'application', 'message'] as const
const text = z.string('must be text').max(998, 'has at most 998 characters')
const uri = text.min(1, 'must not be empty')

const MESSAGE = z.strictObject({
  from: uri,
  subject: text.exactOptional(),
  contentType: text.exactOptional(),
  size: z.int('must be a whole number of bytes').min(0, 'must not be negative').exactOptional(),
  body: z.string('must be text').exactOptional(),
  privacy: z.boolean('must be true or false').exactOptional(),
  group: text.exactOptional(),
  file: z.boolean('must be true or false').exactOptional(),
  conversation: text.exactOptional(),
})

const DECISION = z.strictObject({
  message: MESSAGE.exactOptional(),
  invitation: z
    .strictObject({
      from: uri,
      privacy: z.boolean('must be true or false').exactOptional(),
      media: z.array(z.enum(MEDIA, `must be one of ${MEDIA.join(', ')}`)).max(16, 'has at most 16 members'),
    })
    .exactOptional(),
  at: text.exactOptional(),
})

export function decisionRoutes(context: HttpContext): readonly Route[] {
  return [{ method: 'POST', path: '/api/users/{xui}/decisions', answer: (request) => decision(context, request) }]
}

async function decision(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  const { message, invitation, at } = checkForm(
    DECISION,
    await readJson(request, context, context.settings.limits.jsonBytes),
  )
  const { participating } = context.rooms
  const named = (from: string): string => userNamed(from, request.exchange.realm) ?? from
  if (invitation !== undefined && message === undefined && at === undefined) {
    return jsonAnswer(
      200,
      await participating.invitation(owner, { privacy: false, ...invitation, from: named(invitation.from) }),
    )
  }
  if (message === undefined || invitation !== undefined) {
    const detail = 'It is about a message, now or at an instant, or about an invitation now.'
    throw new Refused({ kind: 'bad-request', detail })
  }
  const body = Buffer.from(message.body ?? '')
  const asked = {
    from: named(message.from),
    contentType: message.contentType ?? 'text/plain',
    size: message.size ?? body.length,
    body,
    privacy: message.privacy ?? false,
    group: message.group !== undefined,
    file: message.file ?? false,
    conversation: message.conversation !== undefined,
  }
  return jsonAnswer(
    200,
    await participating.explanation(owner, asked, at === undefined ? undefined : readInstant(at, 'at')),
  )
}
