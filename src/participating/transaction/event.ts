/** What an inbox is sent of what is stored: whoever carries it says it in his own way. */
import type { InboxEvent, MessageForDevice } from '../contracts/inbox.ts'
import { shownFrom } from '../decision/view.ts'
import type { StoredRecord, MessageRecord } from '../state/message-record.ts'

export function eventOf(
  record: StoredRecord,
  body: Uint8Array | undefined,
  attempt: number,
  waited: boolean,
): InboxEvent {
  if (record.kind === 'message')
    return { event: 'message', id: record.id, data: forDevice(record, body ?? new Uint8Array(), attempt), waited }
  const { id, message, messageId, recipient, disposition, because, at } = record
  return { event: 'report', id, data: { id, message, messageId, recipient, disposition, because, at } }
}

/** P5, B §5.2.2.1.3: "SHALL insert the target CPM Address into the CPM Standalone Message". */
function forDevice(record: MessageRecord, body: Uint8Array, attempt: number): MessageForDevice {
  const { id, messageId, facts, to, subject, contentType, received: sent, asked: reports } = record
  return { id, messageId, from: shownFrom(facts), to, subject, contentType, body, sent, attempt, reports }
}
