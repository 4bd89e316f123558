/**
 * The media types of all parts of a message (RFC 2046 §5.1), so that rules can judge each. One pass over the body for
 * each level, and few levels: a hostile message costs no more than its bytes.
 */
import { mediaTypeOf } from '../../media-type.ts'
import { fieldOf, halvesOf, partsOf } from '../../mime/multipart.ts'

/** Deeper parts are not looked into; their multipart type is all that is known of them. */
const LEVELS_AT_MOST = 8
/**
 * Kinds of parts in one message: every rule of every device looks at each, so more count as a message that cannot be
 * read.
 */
const TYPES_AT_MOST = 64
/** RFC 6838 §4.2 allows 127 characters on each side of the slash. */
const TYPE_CHARACTERS_AT_MOST = 255
/** RFC 2046 §5.2: what a part is that does not say. */
const DEFAULT_TYPE = 'text/plain'
const DEFAULT_TYPE_OF_DIGEST = 'message/rfc822'

/**
 * @returns the type of the message first, then those of its parts as they come; each once. A multipart message that is
 * not one gives its own type only.
 */
export function partTypesOf(contentType: string, body: Uint8Array): readonly string[] {
  const type = mediaTypeOf(contentType)
  if (!isBox(type)) return [type]
  // Latin-1 maps each byte to one character, so nothing that a part carries can break the reading.
  const found = new Set([type])
  return gather(contentType, Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 1, found)
    ? [...found]
    : [type]
}

function isBox(type: string): boolean {
  return type.startsWith('multipart/') || type === 'message/cpim' || type === 'message/rfc822'
}

/** RFC 3862 §2: what a `message/cpim` carries follows its own header; a `message/rfc822` is one entity. */
function insideOf(contentType: string, text: string): readonly string[] | undefined {
  switch (mediaTypeOf(contentType)) {
    case 'message/cpim':
      return [halvesOf(text).content]
    case 'message/rfc822':
      return [text]
    default:
      return partsOf(contentType, text)
  }
}

/** @returns false for what is not multipart after all, or too much of it. */
function gather(contentType: string, text: string, level: number, found: Set<string>): boolean {
  const parts = insideOf(contentType, text)
  if (parts === undefined) return false
  const unsaid = mediaTypeOf(contentType) === 'multipart/digest' ? DEFAULT_TYPE_OF_DIGEST : DEFAULT_TYPE
  for (const part of parts) {
    const { header, content } = halvesOf(part)
    const said = fieldOf(header, 'content-type') ?? unsaid
    const type = mediaTypeOf(said)
    if (type.length > TYPE_CHARACTERS_AT_MOST || found.size >= TYPES_AT_MOST) return false
    found.add(type)
    if (isBox(type) && level < LEVELS_AT_MOST && !gather(said, content, level + 1, found)) return false
  }
  return true
}
