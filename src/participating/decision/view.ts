/** What who asks may see of a message. */
import type { Principal } from '../../access/account.ts'
import { instantText } from '../../clock.ts'
import { ANONYMOUS, type Xui } from '../../names.ts'
import type { MessageForOthers, MessageForSender, MessageView } from '../participating.ts'
import { isGoodNews, type Ended, type MessageRecord } from '../state/message-record.ts'
import type { Facts, HeldMessage } from '../state/queue.ts'
import type { MessageStatus } from './status.ts'

/** A message while it waits. */
interface Waiting {
  readonly entry: HeldMessage
  readonly status: MessageStatus
}

/**
 * @param sender whose account `from` names, if it is ours.
 * @returns `undefined` for somebody to whom the message does not exist.
 */
export function viewFor(
  by: Principal,
  record: MessageRecord,
  sender: Xui | undefined,
  waiting: Waiting | undefined,
): MessageView | undefined {
  if (by.role !== 'user' || by.xui === record.to) return viewForOthers(record, waiting)
  return by.xui === record.by || by.xui === sender ? viewForSender(record) : undefined
}

/** U1: how somebody's preferences work is not the sender's business. */
function viewForSender({ id, messageId, end, asked }: MessageRecord): MessageForSender {
  const isGood = end !== undefined && isGoodNews(end.state)
  if (isGood) return { id, messageId, state: 'delivered' }
  return { id, messageId, state: asked.length === 0 ? 'accepted' : (end?.state ?? 'accepted') }
}

export function viewForOthers(record: MessageRecord, waiting: Waiting | undefined): MessageForOthers {
  const { reason, releasedBy, next } = waiting?.status ?? {}
  return {
    id: record.id,
    messageId: record.messageId,
    from: shownFrom(record.facts),
    to: record.to,
    ...(record.forwardedFor === undefined ? {} : { forwardedFor: record.forwardedFor }),
    ...(record.subject === undefined ? {} : { subject: record.subject }),
    contentType: record.contentType,
    size: record.facts.size,
    received: instantText(record.received),
    expires: instantText(waiting?.entry.expires ?? record.expires),
    state: record.end?.state ?? waiting?.status.state ?? 'deferred',
    ...(reason === undefined ? {} : { reason }),
    ...(releasedBy === undefined ? {} : { releasedBy }),
    ...(next === undefined ? {} : { next: instantText(next) }),
    ...(record.end === undefined ? {} : { ended: endOf(record.end) }),
    reports: record.reports.map(({ at, ...report }) => ({ ...report, at: instantText(at) })),
  }
}

function endOf({ because, note, at }: Ended): NonNullable<MessageForOthers['ended']> {
  return {
    at: instantText(at),
    ...(because === undefined ? {} : { because }),
    ...(note === undefined ? {} : { note }),
  }
}

/** Who hides is known to us and shown to nobody. */
export function shownFrom({ from, undisclosed }: Facts): string {
  return undisclosed ? ANONYMOUS : from
}
