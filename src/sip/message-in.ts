/** MESSAGE for one of our users (P5, P6): the same decision as over REST, answered 202 once it is on disk. */
import type { Accounts, Principal } from '../access/account.ts'
import type { Clock, Instant } from '../clock.ts'
import type { Xui } from '../names.ts'
import type { ReportKind } from '../participating/contracts/inbox.ts'
import type { Participating, Submission } from '../participating/participating.ts'
import { readImdn } from '../cpim/imdn.ts'
import { addressOfRecord, calledUser, senderOf, type Asserted } from './identity.ts'
import { contentOf, isNotification, type MessageContent } from './message-content.ts'
import type { SipHandler, SipRequest } from './port.ts'
import { canonicalXui } from '../xui.ts'

interface MessageInRooms {
  readonly participating: Pick<Participating, 'accept' | 'read'>
  readonly accounts: Pick<Accounts, 'find'>
  readonly clock: Clock
  /** In whose name we take what strangers send. */
  readonly ownName: Xui
  readonly bytesAtMost: number
}

/** A century: a count of seconds that no message means; what the policy allows is less. */
const EXPIRES_SECONDS_AT_MOST = 3_155_760_000

export function createMessageIn(rooms: MessageInRooms): SipHandler {
  return async (request) => {
    const sender = senderOf(request)
    const to = calledUser(request)
    const content = contentOf(request, rooms.bytesAtMost)
    const by = await principalOf(rooms, sender)
    // Whether a user of ours got it is told by us, so his device has nothing to add; what others tell is for the sender
    // like a message.
    const imdn = isNotification(content) && by.role === 'user' ? readImdn(content.body) : undefined
    if (imdn?.kind === 'delivery') return { status: 200 }
    // U5: what his devices show is told once, over whichever door they say so.
    const isRead = imdn?.status === 'displayed' && (await rooms.participating.read(by.xui, to, imdn.messageId))
    if (isRead) return { status: 200 }
    await rooms.participating.accept(by, {
      ...submissionOf(request, content, to, sender),
      expires: expiryOf(request, rooms.clock.now()),
      from: by.role === 'participating-function' ? sender.uri : undefined,
    })
    // B §5.2.2.1.3: "SHALL return a SIP 202 (Accepted) response"; whether it was deferred is not the sender's business.
    return { status: 202 }
  }
}

/** Who has an account here sends as himself, anybody else through us. */
async function principalOf({ accounts, ownName }: MessageInRooms, { xui }: Asserted): Promise<Principal> {
  const account = xui === undefined ? undefined : await accounts.find(xui)
  if (account?.role === 'user') return { xui: account.xui, role: 'user' }
  return { xui: ownName, role: 'participating-function' }
}

function submissionOf(
  request: SipRequest,
  content: MessageContent,
  to: Xui,
  sender: Asserted,
): Omit<Submission, 'expires' | 'from'> {
  return {
    messageId: content.messageId,
    to,
    subject: content.subject,
    contentType: content.contentType,
    body: content.body,
    reports: reportsOf(content),
    privacy: sender.hides,
    conversation: lineHeader(request, 'conversation-id'),
    group: groupOf(content, to),
    file: content.isAttachment,
  }
}

const REPORTS: Readonly<Partial<Record<string, ReportKind>>> = {
  'positive-delivery': 'delivery',
  'negative-delivery': 'failure',
  display: 'display',
}

function reportsOf({ asked }: MessageContent): readonly ReportKind[] {
  return asked.flatMap((disposition) => REPORTS[disposition] ?? [])
}

/** Whoever wrote to somebody else than him who gets it wrote to a group that he is in. */
function groupOf({ addressed }: MessageContent, to: Xui): string | undefined {
  if (addressed === undefined || /anonymous\.invalid/i.test(addressed)) return undefined
  return canonicalXui(addressOfRecord(addressed)) === to ? undefined : addressed.slice(0, 255)
}

function lineHeader(request: SipRequest, name: string): string | undefined {
  const value = request.header(name)?.trim()
  return value === undefined || value === '' ? undefined : value.slice(0, 255)
}

/** RFC 3428 §4: Expires is a count of seconds. */
function expiryOf(request: SipRequest, now: Instant): Instant | undefined {
  const written = request.header('expires')?.trim() ?? ''
  if (!/^\d{1,20}$/.test(written)) return undefined
  return now + Math.min(Math.max(Number(written), 1), EXPIRES_SECONDS_AT_MOST) * 1000
}
