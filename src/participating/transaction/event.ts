/** What an inbox shows, in the shapes of the REST side. */
import { instantText } from '../../clock.ts'
import { bodyText } from '../../media-type.ts'
import type { InboxEvent } from '../participating.ts'
import { shownFrom } from '../decision/view.ts'
import type { StoredRecord, MessageRecord } from '../state/message-record.ts'

export function eventOf(
  record: StoredRecord,
  body: Uint8Array | undefined,
  attempt: number,
  waited: boolean,
): InboxEvent {
  if (record.kind === 'message')
    return { event: 'message', id: record.id, data: messageData(record, body ?? new Uint8Array(), attempt), waited }
  const { id, message, messageId, recipient, disposition, because, at } = record
  return {
    event: 'report',
    id,
    data: {
      id,
      message,
      messageId,
      ...(recipient === undefined ? {} : { recipient }),
      disposition,
      ...(because === undefined ? {} : { because }),
      at: instantText(at),
    },
  }
}

/** P5, B §5.2.2.1.3: "SHALL insert the target CPM Address into the CPM Standalone Message". */
function messageData(record: MessageRecord, body: Uint8Array, attempt: number): Readonly<Record<string, unknown>> {
  const { id, messageId, facts, to, subject, contentType, received, asked } = record
  const text = bodyText(contentType, body)
  return {
    id,
    messageId,
    from: shownFrom(facts),
    to,
    ...(subject === undefined ? {} : { subject }),
    contentType,
    ...(text === undefined
      ? { bodyBase64: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64') }
      : { body: text }),
    sent: instantText(received),
    attempt,
    reports: asked,
  }
}
