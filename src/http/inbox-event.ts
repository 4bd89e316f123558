/** What an inbox shows, in the shapes of `openapi.yaml`. */
import { instantText } from '../clock.ts'
import { bodyText } from '../media-type.ts'
import type { InboxEvent, MessageForDevice } from '../participating/contracts/inbox.ts'

export function inboxData(event: InboxEvent): object {
  switch (event.event) {
    case 'message':
      return messageData(event.data)
    case 'report': {
      const { id, message, messageId, recipient, disposition, because, at } = event.data
      return { id, message, messageId, recipient, disposition, because, at: instantText(at) }
    }
    case 'notice':
      return event.data
  }
}

function messageData({ body: bytes, sent, attempt, reports, ...message }: MessageForDevice): object {
  const text = bodyText(message.contentType, bytes)
  const { id, messageId, from, to, subject, contentType } = message
  const body = text === undefined ? { bodyBase64: Buffer.from(bytes).toString('base64') } : { body: text }
  return { id, messageId, from, to, subject, contentType, ...body, sent: instantText(sent), attempt, reports }
}
