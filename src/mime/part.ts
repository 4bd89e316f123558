/** A message as the tree of its parts, each with its own bytes: a part that nobody changes stays as it came. */
import { mediaTypeOf } from '../media-type.ts'
import { fieldOf, halvesOf, parameterOf, partsOf } from './multipart.ts'

export interface MimePart {
  /** As it is said, or what RFC 2046 §5.2 takes for said. */
  readonly contentType: string
  /** The media type alone, in lower case. */
  readonly type: string
  /** Header fields and content as they came, a character for each byte. */
  readonly header: string
  readonly content: string
  /**
   * What is in a box: parts of a multipart, the content of a `message/cpim` (RFC 3862 §2), the mail in a
   * `message/rfc822`.
   */
  readonly parts: readonly MimePart[]
}

/** Deeper boxes are not opened. */
const LEVELS_AT_MOST = 8

/** A message's content. What cannot be read as what it says is a part without parts. */
export function readContent(contentType: string, body: Uint8Array): MimePart {
  const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  return partOf(contentType, '', content, 1)
}

/** A whole mail (RFC 5322), header fields first. */
export function readMail(source: Uint8Array): MimePart {
  return entityOf(Buffer.from(source).toString('latin1'), 'text/plain', 1)
}

function entityOf(text: string, unsaid: string, level: number): MimePart {
  const { header, content } = halvesOf(text)
  return partOf(fieldOf(header, 'content-type') ?? unsaid, header, content, level)
}

function partOf(contentType: string, header: string, content: string, level: number): MimePart {
  const type = mediaTypeOf(contentType)
  const inside = level < LEVELS_AT_MOST ? opened(type, contentType, content, level + 1) : []
  return { contentType, type, header, content, parts: inside }
}

function opened(type: string, contentType: string, content: string, level: number): readonly MimePart[] {
  const unsaid = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  if (type.startsWith('multipart/'))
    return (partsOf(contentType, content) ?? []).map((each) => entityOf(each, unsaid, level))
  if (type === 'message/cpim') return [entityOf(halvesOf(content).content, unsaid, level)]
  return type === 'message/rfc822' ? [entityOf(content, unsaid, level)] : []
}

/** The content without its transfer encoding (RFC 2045 §6). */
export function decodedBytes({ header, content }: MimePart): Buffer {
  switch (fieldOf(header, 'content-transfer-encoding')?.toLowerCase()) {
    case 'base64':
      return Buffer.from(content, 'base64')
    case 'quoted-printable':
      return Buffer.from(quotedPrintable(content), 'latin1')
    default:
      return Buffer.from(content, 'latin1')
  }
}

/** RFC 2045 §6.7. What is no encoding stays as it is. */
function quotedPrintable(text: string): string {
  return text
    .replace(/[ \t]+(?=\r?\n|$)/g, '')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** What a text part says. An unknown charset is read as UTF-8, whose decoder replaces what it cannot read. */
export function decodedText(part: MimePart): string {
  const bytes = decodedBytes(part)
  try {
    return new TextDecoder(parameterOf(part.contentType, 'charset') ?? 'utf-8').decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

export function isAttachment({ header }: MimePart): boolean {
  return /^attachment\b/i.test(fieldOf(header, 'content-disposition') ?? '')
}

export function fileNameOf({ header, contentType }: MimePart): string | undefined {
  return parameterOf(fieldOf(header, 'content-disposition') ?? '', 'filename') ?? parameterOf(contentType, 'name')
}
