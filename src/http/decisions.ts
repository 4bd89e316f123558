/**
 * What the preferences say to a message or an invitation, now or at an instant, also those that are not saved; nothing
 * is stored.
 */
import { checkForm } from '../form.ts'
import type { Home } from '../home/home.ts'
import { AUID, INDEX, type Xui } from '../names.ts'
import { checkJson } from '../preferences/check.ts'
import type { Unsaved, UnsavedDocument } from '../preferences/unsaved.ts'
import { writeJson } from '../preferences/write.ts'
import { Refused } from '../refusal.ts'
import { parseAs } from '../xcap/put.ts'
import { documentAddress } from '../xcap/request.ts'
import { surroundingsOf } from '../xcap/surroundings.ts'
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

/** Its JSON, or its XML. */
const DOCUMENT = z.union(
  [z.string(), z.record(z.string(), z.unknown())],
  'must be the document as JSON, or its XML as text',
)

const DECISION = z.strictObject({
  message: MESSAGE.exactOptional(),
  invitation: z
    .strictObject({
      from: uri,
      privacy: z.boolean('must be true or false').exactOptional(),
      media: z.array(z.enum(MEDIA, `must be one of ${MEDIA.join(', ')}`)).max(16, 'has at most 16 members'),
      conversation: text.exactOptional(),
    })
    .exactOptional(),
  at: text.exactOptional(),
  preferences: z
    .strictObject({ profile: DOCUMENT.exactOptional(), doNotDisturb: DOCUMENT.exactOptional() })
    .exactOptional(),
})

export function decisionRoutes(context: HttpContext): readonly Route[] {
  return [{ method: 'POST', path: '/api/users/{xui}/decisions', answer: (request) => decision(context, request) }]
}

async function decision(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-messages', owner)
  const { message, invitation, at, preferences } = checkForm(
    DECISION,
    await readJson(request, context, context.settings.limits.jsonBytes),
  )
  const { participating } = context.rooms
  const unsaved = preferences && (await unsavedDocuments(context, owner, preferences))
  const named = (from: string): string => userNamed(from, request.exchange.realm) ?? from
  if (invitation !== undefined && message === undefined && at === undefined) {
    const { privacy = false, media, conversation } = invitation
    const invited = { from: named(invitation.from), privacy, media, conversation: conversation !== undefined }
    return jsonAnswer(200, await participating.invitation(owner, invited, unsaved))
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
    await participating.explanation(owner, asked, at === undefined ? undefined : readInstant(at, 'at'), unsaved),
  )
}

type Proposed = NonNullable<z.infer<typeof DECISION>['preferences']>

/** @throws Refused as a PUT of each would be. */
async function unsavedDocuments(
  context: HttpContext,
  owner: Xui,
  { profile, doNotDisturb }: Proposed,
): Promise<Unsaved> {
  const home = await context.rooms.homes.read(owner)
  return [
    ...(profile === undefined ? [] : [await checkedDocument(context, home, 'profile', profile)]),
    ...(doNotDisturb === undefined ? [] : [await checkedDocument(context, home, 'do-not-disturb', doNotDisturb)]),
  ]
}

async function checkedDocument(
  { rooms: { xcap }, settings }: HttpContext,
  home: Home,
  kind: 'profile' | 'do-not-disturb',
  proposed: string | Readonly<Record<string, unknown>>,
): Promise<UnsavedDocument> {
  const auid = kind === 'profile' ? AUID.profiles : AUID.doNotDisturb
  const usage = xcap.usages.find(auid)
  if (usage === undefined) throw new Refused({ kind: 'not-found', detail: 'This is not served here.' })
  const text = typeof proposed === 'string' ? proposed : writeJson(kind, checkJson(kind, proposed), undefined)
  const document = parseAs(xcap, usage, Buffer.from(text))
  const id = document.root.attributes.find(({ local, namespace }) => local === 'id' && namespace === '')?.value
  const name = kind === 'profile' ? (id ?? '') : INDEX
  const { selector } = documentAddress(usage, settings.root, home.owner, name)
  await usage.check(selector, document, surroundingsOf(xcap, home))
  return { auid, name, text }
}
