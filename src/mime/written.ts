/**
 * Parts as bytes again. What nobody touched goes as it came; what is new is in base64, in which no boundary can occur.
 */
import { fieldOf, halvesOf, parameterOf } from './multipart.ts'
import type { MimePart } from './part.ts'

/** A part to be written: its header fields, without the empty line, and its content. A character is a byte. */
export interface WrittenPart {
  readonly contentType: string
  readonly header: string
  readonly content: string
}

const BASE64_LINE = 76
/** What a part keeps whatever it is made into: by these others in the message refer to it, and it is shown or not. */
const KEPT_FIELDS = ['Content-ID', 'Content-Location', 'Content-Disposition', 'Content-Description']

export function untouched({ contentType, header, content }: MimePart): WrittenPart {
  return { contentType, header, content }
}

/** @param header whose fields about its place in the message it keeps. */
export function made(contentType: string, bytes: Buffer, header: string): WrittenPart {
  const kept = KEPT_FIELDS.flatMap((name) => {
    const value = fieldOf(header, name)
    return value === undefined ? [] : [`${name}: ${value}`]
  })
  const fields = [`Content-Type: ${contentType}`, 'Content-Transfer-Encoding: base64', ...kept]
  const content = bytes.toString('base64').replace(new RegExp(`.{${BASE64_LINE}}(?=.)`, 'g'), '$&\r\n')
  return { contentType, header: fields.join('\r\n'), content }
}

/** A multipart with other parts; a `message/cpim` (RFC 3862 §2) with other content. */
export function boxed(box: MimePart, parts: readonly WrittenPart[]): WrittenPart {
  if (box.type === 'message/cpim') {
    const message = halvesOf(box.content).header
    return { ...untouched(box), content: [message, ...parts.map(entity)].join('\r\n\r\n') }
  }
  if (box.type === 'message/rfc822') return { ...untouched(box), content: parts.map(entity).join('') }
  const boundary = parameterOf(box.contentType, 'boundary') ?? ''
  const content = [...parts.map((part) => `--${boundary}\r\n${entity(part)}\r\n`), `--${boundary}--\r\n`].join('')
  return { ...untouched(box), content }
}

/** A part that has no header fields begins with the empty line behind them (RFC 2046 §5.1). */
function entity({ header, content }: WrittenPart): string {
  return header === '' ? `\r\n${content}` : `${header}\r\n\r\n${content}`
}
