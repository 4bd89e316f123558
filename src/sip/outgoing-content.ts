/** What goes to a device: a message in CPIM, or a notification of what became of one (RFC 5438). */
import { imdnRequest, IMDN_TYPE, writeImdn, type AskedDisposition } from '../cpim/imdn.ts'
import { CPIM_TYPE, writeCpim } from '../cpim/cpim.ts'
import { instantText } from '../clock.ts'
import { mediaTypeOf } from '../media-type.ts'
import { ANONYMOUS } from '../names.ts'
import type { Disposition, InboxEvent, MessageForDevice, ReportForSender } from '../participating/contracts/inbox.ts'
import { DEFERRED_LIST_TYPE, writeDeferredList } from './deferred-list.ts'
import type { SipBody } from './port.ts'

/** What the request that carries it says of itself. */
export interface OutgoingContent {
  /** `undefined`: nobody is shown who it is. */
  readonly from: string | undefined
  readonly to: string
  readonly cpim: Uint8Array
}

/** The same, whatever carries it. */
export interface ContentForDevice extends Omit<OutgoingContent, 'cpim'> {
  readonly body: SipBody
}

function inCpim({ from, to, cpim }: OutgoingContent): ContentForDevice {
  return { from, to, body: { type: CPIM_TYPE, bytes: cpim } }
}

/** @param owner to whom it goes. @param ownAddress in whose name a report goes that names no recipient. */
export function contentFor(event: InboxEvent, owner: string, ownAddress: string): ContentForDevice {
  switch (event.event) {
    case 'message':
      return inCpim(messageContent({ ...event.data, sent: instantText(event.data.sent) }))
    case 'report':
      return inCpim(reportContent(event.data, owner, ownAddress))
    case 'notice': {
      const body = { type: DEFERRED_LIST_TYPE, bytes: writeDeferredList(event.data, ownAddress) }
      return { from: ownAddress, to: owner, body }
    }
  }
}

/** `from`: `sip:anonymous@anonymous.invalid` where nobody is shown who it is. `sent`: RFC 3339. */
interface SentMessage
  extends Pick<MessageForDevice, 'messageId' | 'from' | 'subject' | 'contentType' | 'body' | 'reports'> {
  readonly to: string
  readonly sent: string
}

/**
 * P5: the target address stands in To. Whether it was delivered is told by us, once the device has taken it, so of what
 * the sender asked for only what we cannot know is asked of the device.
 */
export function messageContent({
  from,
  to,
  subject,
  sent,
  reports,
  messageId,
  contentType,
  body,
}: SentMessage): OutgoingContent {
  // U5: who hides is not told, because to tell him would say who he is.
  const asksDevice: readonly AskedDisposition[] = reports.includes('display') && from !== ANONYMOUS ? ['display'] : []
  const cpim = writeCpim({
    from: { uri: from },
    to: [{ uri: to }],
    dateTime: sent,
    ...(subject === undefined ? {} : { subject }),
    extensions: imdnRequest(messageId, asksDevice),
    mime: mimeOf(contentType),
    body,
  })
  return { from: from === ANONYMOUS ? undefined : from, to, cpim }
}

function mimeOf(contentType: string): readonly (readonly [string, string])[] {
  const type = ['Content-Type', contentType] as const
  return mediaTypeOf(contentType) === IMDN_TYPE ? [type, ['Content-Disposition', 'notification']] : [type]
}

/** RFC 5438 §7.2.1: its own Message-ID, no request for notifications, and the body marked as a notification. */
export function reportContent(
  { id, recipient, messageId, disposition, at }: Omit<ReportForSender, 'message' | 'because'>,
  owner: string,
  ownAddress: string,
): OutgoingContent {
  const from = recipient ?? ownAddress
  const dateTime = instantText(at)
  const imdn = writeImdn({
    ...STATUSES[disposition],
    messageId,
    dateTime,
    ...(recipient === undefined ? {} : { recipient }),
  })
  const cpim = writeCpim({
    from: { uri: from },
    to: [{ uri: owner }],
    dateTime,
    extensions: imdnRequest(id, []),
    mime: [
      ['Content-Type', IMDN_TYPE],
      ['Content-Disposition', 'notification'],
      ['Content-Length', String(imdn.length)],
    ],
    body: imdn,
  })
  return { from, to: owner, cpim }
}

const STATUSES: {
  readonly [D in Disposition]: { readonly kind: 'delivery' | 'display'; readonly status: string }
} = {
  delivered: { kind: 'delivery', status: 'delivered' },
  failed: { kind: 'delivery', status: 'failed' },
  displayed: { kind: 'display', status: 'displayed' },
}
