/** A message as the text of an SMS, and that text as bytes. */
import smpp from 'smpp'
import { htmlText } from '../mime/html.ts'
import { decodedText, fileNameOf, isAttachment, readContent, type MimePart } from '../mime/part.ts'
import type { Interworked } from '../participating/contracts/interworking.ts'

/** Who wrote, about what, and what: what is no text is named in brackets. */
export function shortText({ from, subject, contentType, body }: Interworked): string {
  const sender = from === undefined ? 'Anonymous' : from.replace(/^[a-z]+:/i, '')
  const about = subject === undefined ? '' : ` (${subject})`
  return `${sender}${about}: ${piecesOf(readContent(contentType, body)).join('\n')}`.trimEnd()
}

function piecesOf(part: MimePart): readonly string[] {
  if (part.type === 'multipart/alternative' && part.parts.length > 0) {
    const plain = part.parts.find(({ type }) => type === 'text/plain')
    const html = part.parts.find(({ type }) => type === 'text/html')
    return piecesOf(plain ?? html ?? (part.parts[part.parts.length - 1] as MimePart))
  }
  if (part.type !== 'message/rfc822' && part.parts.length > 0) return part.parts.flatMap(piecesOf)
  if (!isAttachment(part) && part.type === 'text/plain') return [decodedText(part).trim()]
  if (!isAttachment(part) && part.type === 'text/html') return [htmlText(decodedText(part))]
  const name = fileNameOf(part)
  return [`[${part.type}${name === undefined ? '' : ` ${name}`}]`]
}

export interface ShortBytes {
  /** SMPP 3.4 §5.2.19: 0 is the SMSC's own alphabet, GSM's everywhere; 8 is UCS-2. */
  readonly coding: 0 | 8
  readonly bytes: Buffer
  /** SMS that it takes (3GPP TS 23.040 §9.2.3.24.1). */
  readonly parts: number
}

const GSM = { coding: 0, alone: 160, joined: 153 } as const
const UCS2 = { coding: 8, alone: 140, joined: 134 } as const

export function shortBytes(text: string): ShortBytes {
  const way = smpp.encodings.ASCII.match(text) ? GSM : UCS2
  const bytes = way === GSM ? smpp.encodings.ASCII.encode(text) : Buffer.from(text, 'utf16le').swap16()
  return { coding: way.coding, bytes, parts: bytes.length <= way.alone ? 1 : Math.ceil(bytes.length / way.joined) }
}
