/**
 * A message's own record beside its home: everything about it but the body, and its end. While its entry waits in the
 * home, the home is the truth about its state.
 */
import { createHash } from 'node:crypto'
import type { Principal } from '../../access/account.ts'
import type { Instant } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Facts } from './queue.ts'
import type { Disposition, ReportKind } from '../contracts/inbox.ts'
import type { EndState, Submission } from '../participating.ts'

export interface Ended {
  readonly state: EndState
  readonly because?: string
  /** What the administrator who ended it said. */
  readonly note?: string
  readonly at: Instant
}

export interface Report {
  readonly id: string
  readonly disposition: Disposition
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
  readonly conversation?: string
  readonly group?: string
  /** The sender's own wish. */
  readonly ownExpiry?: Instant
  /** U11: whom it was for before, each of whom had it forwarded. */
  readonly forwardedFor?: readonly Xui[]
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
export interface DeliveryReport {
  readonly kind: 'report'
  readonly id: string
  readonly message: string
  readonly messageId: string
  /** Whom the message was for; what was written before this was kept lacks it. */
  readonly recipient?: string
  readonly disposition: Disposition
  readonly because?: string
  readonly at: Instant
  readonly offered: readonly string[]
  readonly end?: Ended
}

export type StoredRecord = MessageRecord | DeliveryReport

/** U1: what is good news for who sent it. */
export function isGoodNews(state: EndState): boolean {
  return state !== 'discarded' && state !== 'failed'
}

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
