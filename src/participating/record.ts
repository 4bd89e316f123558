/**
 * A message's own record beside its home: everything about it but the body, and its end. While its entry waits in the home, the home is
 * the truth about its state.
 */
import { createHash } from 'node:crypto'
import type { Principal } from '../access/account.ts'
import { instantText, type Instant } from '../clock.ts'
import type { Xui } from '../names.ts'
import type { Facts, HeldMessage } from './home-parts.ts'
import type {
  EndState,
  MessageForOthers,
  MessageForSender,
  MessageView,
  ReportKind,
  Submission,
} from './participating.ts'
import type { Standing } from './standing.ts'

/** Who hides is known to us and shown to nobody. */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid'

export interface Ended {
  readonly state: EndState
  readonly because?: string
  readonly at: Instant
}

export interface Report {
  readonly id: string
  readonly disposition: 'delivered' | 'failed'
  readonly because?: string
  readonly at: Instant
}

export interface MessageRecord {
  readonly kind: 'message'
  readonly id: string
  readonly messageId: string
  /** Who asked, and so who is told where `from` is not ours. */
  readonly by: Xui
  readonly to: Xui
  readonly subject?: string
  readonly contentType: string
  readonly facts: Facts
  /** Of all that makes it the same message again. */
  readonly content: string
  readonly received: Instant
  readonly expires: Instant
  readonly asked: readonly ReportKind[]
  /** Devices that were offered it, once it has ended. */
  readonly offered: readonly string[]
  readonly end?: Ended
  readonly reports: readonly Report[]
}

/** A report in the home of who gets it. */
export interface ReportRecordOfOurs {
  readonly kind: 'report'
  readonly id: string
  readonly message: string
  readonly messageId: string
  readonly disposition: 'delivered' | 'failed'
  readonly because?: string
  readonly at: Instant
  readonly offered: readonly string[]
  readonly end?: Ended
}

export type KeptRecord = MessageRecord | ReportRecordOfOurs

/** Short, and safe in a URL. A collision is out of reach for whoever chooses what goes in. */
export function digest(...fields: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const field of fields) {
    const bytes = typeof field === 'string' ? Buffer.from(field) : field
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('base64url')
}

/** Under which the message is the same again, for one sender. */
export function senderKey(by: Principal, from: string, to: Xui, messageId: string): string {
  return digest(by.xui, from, to, messageId)
}

/** Without `expires`: sent as `expiresIn`, it is another instant each time. */
export function contentDigest({
  subject,
  contentType,
  body,
  reports,
  privacy,
  conversation,
  group,
  file,
}: Submission): string {
  const flags = [[...reports].sort(), privacy, file, subject ?? null, conversation ?? null, group ?? null]
  return digest(JSON.stringify(flags), contentType, body)
}

/** A message while it waits. */
interface Waiting {
  readonly entry: HeldMessage
  readonly standing: Standing
}

/** @param sender whose account `from` names, if it is ours. @returns `undefined` for somebody to whom the message does not exist. */
export function viewFor(
  by: Principal,
  record: MessageRecord,
  sender: Xui | undefined,
  waiting: Waiting | undefined,
): MessageView | undefined {
  if (by.role !== 'user' || by.xui === record.to) return viewForOthers(record, waiting)
  return by.xui === record.by || by.xui === sender ? viewForSender(record) : undefined
}

function viewForSender({ id, messageId, end }: MessageRecord): MessageForSender {
  return { id, messageId, state: end?.state ?? 'accepted' }
}

export function viewForOthers(record: MessageRecord, waiting: Waiting | undefined): MessageForOthers {
  const { reason, releasedBy, next } = waiting?.standing ?? {}
  return {
    id: record.id,
    messageId: record.messageId,
    from: shownFrom(record.facts),
    to: record.to,
    ...(record.subject === undefined ? {} : { subject: record.subject }),
    contentType: record.contentType,
    size: record.facts.size,
    received: instantText(record.received),
    expires: instantText(waiting?.entry.expires ?? record.expires),
    state: record.end?.state ?? waiting?.standing.state ?? 'deferred',
    ...(reason === undefined ? {} : { reason }),
    ...(releasedBy === undefined ? {} : { releasedBy }),
    ...(next === undefined ? {} : { next: instantText(next) }),
    reports: record.reports.map(({ at, ...report }) => ({ ...report, at: instantText(at) })),
  }
}

export function shownFrom({ from, undisclosed }: Facts): string {
  return undisclosed ? ANONYMOUS : from
}
