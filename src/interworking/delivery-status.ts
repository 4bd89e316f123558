/** Delivery status notifications (RFC 3464), as far as they are about mail of ours. */
import type { Instant } from '../clock.ts'
import { fieldOf } from '../mime/multipart.ts'
import { decodedBytes, readMail, type MimePart } from '../mime/part.ts'
import type { InterworkReport } from '../participating/contracts/interworking.ts'
import { idOfMail, type Letterhead } from './letter.ts'

/**
 * What a mail reports. `undefined`: it is no report, not of mail of ours, or not final (RFC 3464 §2.3.3: delayed).
 * `relayed` and `expanded` are the last that is heard, and good news.
 */
export function deliveryReport(source: Uint8Array, head: Letterhead, at: Instant): InterworkReport | undefined {
  const mail = readMail(source)
  if (mail.type !== 'multipart/report') return undefined
  const status = mail.parts.find(({ type }) => type === 'message/delivery-status')
  if (status === undefined) return undefined
  const groups = decodedBytes(status)
    .toString('latin1')
    .trim()
    .split(/(?:\r?\n){2,}/)
  const envelope = fieldOf(groups[0] ?? '', 'original-envelope-id')
  const reference = envelope === undefined ? returnedId(mail, head) : xtext(envelope)
  if (reference === undefined) return undefined
  for (const group of groups.slice(1)) {
    const action = fieldOf(group, 'action')?.toLowerCase()
    if (action === 'failed') return { reference, disposition: 'failed', because: because(group), at }
    if (action === 'delivered' || action === 'relayed' || action === 'expanded')
      return { reference, disposition: 'delivered', at }
  }
  return undefined
}

/** Some servers forget the envelope's id; then the mail that they return says which it was. */
function returnedId(mail: MimePart, head: Letterhead): string | undefined {
  const returned = mail.parts.find(({ type }) => type === 'message/rfc822' || type === 'text/rfc822-headers')
  if (returned === undefined) return undefined
  const header = returned.parts[0]?.header ?? `${decodedBytes(returned).toString('latin1')}\r\n`
  return idOfMail(fieldOf(header, 'message-id') ?? '', head)
}

function because(group: string): string {
  const said = fieldOf(group, 'diagnostic-code') ?? fieldOf(group, 'status') ?? 'It was not delivered.'
  return said.replace(/\s+/g, ' ').slice(0, 200)
}

/** RFC 3461 §4: `+3D` stands for `=`. */
function xtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
