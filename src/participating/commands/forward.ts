/**
 * B §5.2.2.1.3, U11: forwarded to one of ours, it is a message of its own in that home, under a name that comes
 * once.
 */
import { instantText } from '../../clock.ts'
import type { Principal } from '../../access/account.ts'
import { DuplicateMessage } from '../../home/update.ts'
import { Refused } from '../../refusal.ts'
import type { Submission } from '../participating.ts'
import { accountOf } from '../state/account-of.ts'
import { digest, type MessageRecord, type StoredRecord } from '../state/message-record.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { arrive, sentAs } from './arrive.ts'
import type { Perform } from './perform.ts'
import type { Result } from './results.ts'

/** U11: what makes a sixth hop goes round. */
const HOPS_AT_MOST = 5

export function createForward(rooms: ParticipatingRooms, transact: Transact): Perform<'forward'> {
  return async (_owner, { message = '', task: { to: address } }, signal): Promise<Result> => {
    const record = (await rooms.messages.byId(message))?.value as StoredRecord | undefined
    if (record?.kind !== 'message') return { kind: 'never', because: 'gone' }
    const to = await accountOf(rooms.accounts, address)
    const { to: here, forwardedFor: before = [] } = record
    const forwardedFor = [...before, here]
    if (to === undefined) return outside(rooms, record, address, forwardedFor, signal)
    if (forwardedFor.includes(to) || forwardedFor.length > HOPS_AT_MOST) return { kind: 'never', because: 'loop' }
    const by: Principal = { xui: record.by, role: 'participating-function' }
    const body = await rooms.messages.body(message)
    if (body === undefined) return { kind: 'never', because: 'gone' }
    const submission = submissionOf(record, to, body)
    const sent = sentAs(rooms, by, record.facts.from, submission, forwardedFor)
    // Whoever performs this again does it under the same name.
    const again = { ...sent, name: digest('forward', message, to) }
    try {
      await transact(to, (home) => arrive(rooms, again, home), 'totals')
      return { kind: 'done' }
    } catch (thrown) {
      if (thrown instanceof DuplicateMessage) return { kind: 'done' }
      return refused(thrown)
    }
  }
}

/** A way to others is the SIP core's. */
async function outside(
  { peers, messages }: ParticipatingRooms,
  record: MessageRecord,
  address: string,
  forwardedFor: readonly string[],
  signal: AbortSignal,
): Promise<Result> {
  if (peers.forwarding === undefined || !/^(?:sips?|tel):/i.test(address))
    return { kind: 'never', because: 'no-way-there' }
  if (forwardedFor.length > HOPS_AT_MOST) return { kind: 'never', because: 'loop' }
  const { messageId, facts, subject, contentType, received } = record
  const body = await messages.body(record.id)
  if (body === undefined) return { kind: 'never', because: 'gone' }
  const { from, undisclosed } = facts
  const sent = instantText(received)
  const outside = { messageId, from, undisclosed, subject, contentType, body, sent, forwardedFor }
  return peers.forwarding.forward(address, outside, signal)
}

/** U16: who refuses it at his door ends it. */
function refused(thrown: unknown): Result {
  if (!(thrown instanceof Refused)) throw thrown
  const { kind } = thrown.refusal
  if (kind === 'rejected-by-preferences') return { kind: 'never', because: 'rejected' }
  if (kind === 'unknown-user') return { kind: 'never', because: 'no-way-there' }
  return { kind: 'again', because: thrown.message }
}

/** U11: originator and message id stay, and so does what the sender asked for. */
function submissionOf(record: MessageRecord, to: Submission['to'], body: Uint8Array): Submission {
  const { facts, messageId, subject, contentType, conversation, group, ownExpiry, asked } = record
  return {
    messageId,
    from: facts.from,
    to,
    subject,
    contentType,
    body,
    expires: ownExpiry,
    reports: asked,
    privacy: facts.undisclosed,
    conversation,
    group,
    file: facts.messageTypes.includes('file'),
  }
}
