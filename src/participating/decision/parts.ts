/**
 * The media types of all parts of a message (RFC 2046 §5.1), so that rules can judge each. One pass over the body for each level, and
 * few levels: a hostile message costs no more than its bytes.
 */
import { mediaTypeOf } from '../../media-type.ts'

/** Deeper parts are not looked into; their multipart type is all that is known of them. */
const LEVELS_AT_MOST = 8
/** More boxes than any mail has; a message beyond it counts as one that cannot be read. */
const PARTS_AT_MOST = 1000
/** Kinds of parts in one message: every rule of every device looks at each, so more count as a message that cannot be read. */
const TYPES_AT_MOST = 64
/** RFC 6838 §4.2 allows 127 characters on each side of the slash. */
const TYPE_CHARACTERS_AT_MOST = 255
/** A part's header fields; what is longer is none. */
const HEADER_AT_MOST = 8_192
/** RFC 2046 §5.2: what a part is that does not say. */
const DEFAULT_TYPE = 'text/plain'
const DEFAULT_TYPE_OF_DIGEST = 'message/rfc822'

const BOUNDARY = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i
const CONTENT_TYPE = /^content-type[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/im

/**
 * @returns the type of the message first, then those of its parts as they come; each once. A multipart message that is not one gives its
 * own type only.
 */
export function partTypesOf(contentType: string, body: Uint8Array): readonly string[] {
  const type = mediaTypeOf(contentType)
  if (!type.startsWith('multipart/')) return [type]
  // Latin-1 maps each byte to one character, so nothing that a part carries can break the reading.
  const found = new Set([type])
  return gather(contentType, Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 1, found)
    ? [...found]
    : [type]
}

/** @returns false for what is not multipart after all, or too much of it. */
function gather(contentType: string, text: string, level: number, found: Set<string>): boolean {
  const parts = split(contentType, text)
  if (parts === undefined) return false
  const unsaid = mediaTypeOf(contentType) === 'multipart/digest' ? DEFAULT_TYPE_OF_DIGEST : DEFAULT_TYPE
  for (const part of parts) {
    const { header, content } = halves(part)
    const said =
      CONTENT_TYPE.exec(header)?.[1]
        ?.replace(/\r?\n[ \t]/g, ' ')
        .trim() ?? unsaid
    const type = mediaTypeOf(said)
    if (type.length > TYPE_CHARACTERS_AT_MOST || found.size >= TYPES_AT_MOST) return false
    found.add(type)
    if (type.startsWith('multipart/') && level < LEVELS_AT_MOST && !gather(said, content, level + 1, found))
      return false
  }
  return true
}

/** RFC 2046 §5.1.1: between delimiter lines, up to the closing one. A body without that was cut short. */
function split(contentType: string, text: string): readonly string[] | undefined {
  const match = BOUNDARY.exec(contentType)
  const boundary = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]
  if (boundary === undefined || boundary === '' || boundary.length > 70) return undefined
  const delimiter = `--${boundary}`
  const parts: string[] = []
  let begun: number | undefined
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at + delimiter.length)) {
    if (at !== 0 && text[at - 1] !== '\n') continue
    const behind = at + delimiter.length
    const closes = text.startsWith('--', behind)
    const lineEnd = /[ \t]*(?:\r?\n|$)/y
    lineEnd.lastIndex = closes ? behind + 2 : behind
    if (!lineEnd.test(text)) continue
    if (begun !== undefined) parts.push(text.slice(begun, at).replace(/\r?\n$/, ''))
    if (closes) return parts.length > 0 ? parts : undefined
    if (parts.length >= PARTS_AT_MOST) return undefined
    begun = lineEnd.lastIndex
  }
  return undefined
}

/** A header of its own is optional (RFC 2046 §5.1): a part that begins with an empty line has none. */
function halves(part: string): { readonly header: string; readonly content: string } {
  if (/^\r?\n/.test(part)) return { header: '', content: part }
  const gap = /\r?\n\r?\n/.exec(part.slice(0, HEADER_AT_MOST))
  return gap === null
    ? { header: part.slice(0, HEADER_AT_MOST), content: '' }
    : { header: part.slice(0, gap.index), content: part.slice(gap.index + gap[0].length) }
}
