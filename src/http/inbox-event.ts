/** What an inbox shows, in the shapes of `openapi.yaml`. */
import { instantText } from '../clock.ts'
import type { InboxEvent, MessageForDevice, ReportForSender } from '../participating/contracts/inbox.ts'
import { piecesWithBody, type BodyMember } from './body-json.ts'
import { eventText } from './event-stream.ts'

/** As it goes out; in several pieces where it is a large message. */
export function inboxPieces(event: InboxEvent): Iterable<Buffer> {
  const text = (data: object): string => eventText(event.event, event.id, JSON.stringify(data))
  switch (event.event) {
    case 'message': {
      const { data } = event
      return piecesWithBody(data.contentType, data.body, (member) => text(messageData(data, member)))
    }
    case 'report':
      return [Buffer.from(text(reportData(event.data)))]
    case 'notice':
      return [Buffer.from(text(event.data))]
  }
}

function messageData(message: MessageForDevice, member: BodyMember): object {
  const { id, messageId, from, to, subject, contentType, sent, attempt, reports } = message
  return { id, messageId, from, to, subject, contentType, ...member, sent: instantText(sent), attempt, reports }
}

function reportData({ id, message, messageId, recipient, disposition, because, at }: ReportForSender): object {
  return { id, message, messageId, recipient, disposition, because, at: instantText(at) }
}
