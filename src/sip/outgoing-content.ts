/** What goes to a device: a message in CPIM, or a notification of what became of one (RFC 5438). */
import { imdnRequest, IMDN_TYPE, writeImdn, type AskedDisposition } from '../cpim/imdn.ts'
import { CPIM_TYPE, writeCpim } from '../cpim/cpim.ts'
import { identifier, type Randomness } from '../clock.ts'
import { mediaTypeOf } from '../media-type.ts'
import { ANONYMOUS } from '../names.ts'
import type { InboxEvent } from '../participating/participating.ts'
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

type Fields = Readonly<Record<string, unknown>>

/** @param owner to whom it goes. @param ownAddress in whose name a report goes that names no recipient. */
export function contentFor(event: InboxEvent, owner: string, ownAddress: string, random: Randomness): ContentForDevice {
  switch (event.event) {
    case 'message':
      return inCpim(messageContent(event.data))
    case 'report':
      return inCpim(reportContent(event.data, owner, ownAddress, random))
    case 'notice': {
      const body = { type: DEFERRED_LIST_TYPE, bytes: writeDeferredList(event.data, ownAddress) }
      return { from: ownAddress, to: owner, body }
    }
  }
}

/**
 * P5: the target address stands in To. Whether it was delivered is told by us, once the device has taken it, so of what
 * the sender asked for only what we cannot know is asked of the device.
 */
export function messageContent(data: Fields): OutgoingContent {
  const from = text(data, 'from') ?? ANONYMOUS
  const to = text(data, 'to') ?? ''
  const subject = text(data, 'subject')
  const dateTime = text(data, 'sent')
  const asked = Array.isArray(data['reports']) ? (data['reports'] as readonly string[]) : []
  // U5: who hides is not told, because to tell him would say who he is.
  const asksDevice: readonly AskedDisposition[] = asked.includes('display') && from !== ANONYMOUS ? ['display'] : []
  const body = text(data, 'body')
  const cpim = writeCpim({
    from: { uri: from },
    to: [{ uri: to }],
    ...(dateTime === undefined ? {} : { dateTime }),
    ...(subject === undefined ? {} : { subject }),
    extensions: imdnRequest(text(data, 'messageId') ?? '', asksDevice),
    mime: mimeOf(text(data, 'contentType') ?? 'application/octet-stream'),
    body: body === undefined ? Buffer.from(text(data, 'bodyBase64') ?? '', 'base64') : Buffer.from(body),
  })
  return { from: from === ANONYMOUS ? undefined : from, to, cpim }
}

function mimeOf(contentType: string): readonly (readonly [string, string])[] {
  const type = ['Content-Type', contentType] as const
  return mediaTypeOf(contentType) === IMDN_TYPE ? [type, ['Content-Disposition', 'notification']] : [type]
}

/** RFC 5438 §7.2.1: its own Message-ID, no request for notifications, and the body marked as a notification. */
export function reportContent(data: Fields, owner: string, ownAddress: string, random: Randomness): OutgoingContent {
  const recipient = text(data, 'recipient')
  const from = recipient ?? ownAddress
  const dateTime = text(data, 'at') ?? ''
  const imdn = writeImdn({
    ...(STATUSES[text(data, 'disposition') ?? ''] ?? { kind: 'delivery', status: 'failed' }),
    messageId: text(data, 'messageId') ?? '',
    dateTime,
    ...(recipient === undefined ? {} : { recipient }),
  })
  const cpim = writeCpim({
    from: { uri: from },
    to: [{ uri: owner }],
    dateTime,
    extensions: imdnRequest(text(data, 'id') ?? identifier(random), []),
    mime: [
      ['Content-Type', IMDN_TYPE],
      ['Content-Disposition', 'notification'],
      ['Content-Length', String(imdn.length)],
    ],
    body: imdn,
  })
  return { from, to: owner, cpim }
}

const STATUSES: Readonly<Record<string, { readonly kind: 'delivery' | 'display'; readonly status: string }>> = {
  delivered: { kind: 'delivery', status: 'delivered' },
  failed: { kind: 'delivery', status: 'failed' },
  displayed: { kind: 'display', status: 'displayed' },
}

function text(data: Fields, name: string): string | undefined {
  const value = data[name]
  return typeof value === 'string' ? value : undefined
}
