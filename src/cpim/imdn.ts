/**
 * Instant message disposition notifications, RFC 5438: what a sender asks for in CPIM headers, and the XML that
 * answers.
 */
import { Refused } from '../refusal.ts'
import { DEFAULT_XML_LIMITS, type XmlLimits } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import { childElements, textOf, type XmlElement } from '../xml/tree.ts'
import { writeDocument } from '../xml/write.ts'
import { IMDN_NAMESPACE, type CpimHeader, type CpimMessage } from './cpim.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:imdn'
export const IMDN_TYPE = 'message/imdn+xml'

/** RFC 5438 §6.2. */
export type AskedDisposition = 'positive-delivery' | 'negative-delivery' | 'processing' | 'display'
const ASKED = new Set<string>(['positive-delivery', 'negative-delivery', 'processing', 'display'])

/** RFC 5438 §11.1: the kind of notification, and the statuses that each may have. */
const STATUSES: Readonly<Record<Imdn['kind'], readonly string[]>> = {
  delivery: ['delivered', 'failed', 'forbidden', 'error'],
  processing: ['processed', 'stored', 'forbidden', 'error'],
  display: ['displayed', 'forbidden', 'error'],
}

export interface Imdn {
  readonly kind: 'delivery' | 'processing' | 'display'
  readonly status: string
  readonly messageId: string
  /** RFC 3339. Of the message, not of the notification (RFC 5438 §11.1.2). */
  readonly dateTime: string
  readonly recipient?: string
  readonly originalRecipient?: string
}

/** A notification is a dozen elements. */
const IMDN_LIMITS: XmlLimits = { ...DEFAULT_XML_LIMITS, depth: 8, elements: 64 }

/** What the sender of a message asks for, in its CPIM headers: RFC 5438 §6.2, §6.3. */
export function imdnRequestOf({ extensions }: CpimMessage): {
  readonly messageId: string | undefined
  readonly asked: readonly AskedDisposition[]
} {
  const values = (name: string): readonly string[] =>
    extensions.filter((header) => header.namespace === IMDN_NAMESPACE && header.name === name).map(({ value }) => value)
  const asked = values('Disposition-Notification')
    .flatMap((value) => value.split(','))
    .map((token) => (token.split(';')[0] ?? '').trim().toLowerCase())
    .filter((token): token is AskedDisposition => ASKED.has(token))
  return { messageId: values('Message-ID')[0]?.trim(), asked: [...new Set(asked)] }
}

/** The headers that ask for it. */
export function imdnRequest(messageId: string, asked: readonly AskedDisposition[]): readonly CpimHeader[] {
  const header = (name: string, value: string): CpimHeader => ({ namespace: IMDN_NAMESPACE, name, value })
  return [
    header('Message-ID', messageId),
    ...(asked.length === 0 ? [] : [header('Disposition-Notification', asked.join(', '))]),
  ]
}

/** @throws Refused: not well-formed, over the limits, or `bad-request` where it is no notification. */
export function readImdn(bytes: Uint8Array): Imdn {
  const { root } = readDocument(bytes, IMDN_LIMITS)
  if (root.local !== 'imdn' || root.namespace !== NAMESPACE) fault('its root is not imdn')
  const kind = (['delivery', 'processing', 'display'] as const).find((each) => child(root, `${each}-notification`))
  const notification = kind === undefined ? undefined : child(root, `${kind}-notification`)
  const statusElement = notification === undefined ? undefined : child(notification, 'status')
  const status = statusElement === undefined ? undefined : childElements(statusElement)[0]?.local
  const messageId = textIn(root, 'message-id')
  if (kind === undefined || status === undefined || !STATUSES[kind].includes(status)) fault('it has no known status')
  if (messageId === undefined || messageId === '' || messageId.length > 255) fault('it names no message')
  const recipient = textIn(root, 'recipient-uri')
  const originalRecipient = textIn(root, 'original-recipient-uri')
  return {
    kind,
    status,
    messageId,
    dateTime: textIn(root, 'datetime') ?? '',
    ...(recipient === undefined ? {} : { recipient }),
    ...(originalRecipient === undefined ? {} : { originalRecipient }),
  }
}

function child(element: XmlElement, local: string): XmlElement | undefined {
  return childElements(element).find((each) => each.local === local && each.namespace === NAMESPACE)
}

function textIn(root: XmlElement, local: string): string | undefined {
  const element = child(root, local)
  return element === undefined ? undefined : textOf(element).trim()
}

function fault(what: string): never {
  throw new Refused({ kind: 'bad-request', detail: `The ${IMDN_TYPE} body cannot be read: ${what}.` })
}

/** RFC 5438 §11.1: elements in the order of its schema. */
export function writeImdn({ kind, status, messageId, dateTime, recipient, originalRecipient }: Imdn): Uint8Array {
  const text = (name: string, value: string | undefined): readonly { name: string; children: readonly string[] }[] =>
    value === undefined ? [] : [{ name, children: [value] }]
  return writeDocument({
    name: 'imdn',
    namespace: NAMESPACE,
    children: [
      ...text('message-id', messageId),
      ...text('datetime', dateTime),
      ...text('recipient-uri', recipient),
      ...text('original-recipient-uri', originalRecipient),
      { name: `${kind}-notification`, children: [{ name: 'status', children: [{ name: status }] }] },
    ],
  })
}
