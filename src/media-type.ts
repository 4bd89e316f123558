/** The media type in lower case, without parameters (RFC 9110 §8.3.1): `text/plain` of `Text/Plain; charset=utf-8`. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(';')
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

const TEXTUAL = /^(?:text\/.+|application\/(?:json|xml)|[^/]+\/[^/]+\+(?:json|xml))$/
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?(?:utf-?8|us-ascii)\b)/i

/** RFC 7303 §3: a charset that the sender names is believed. Bytes of ASCII are UTF-8. */
export function isOtherCharset(contentType: string): boolean {
  return OTHER_CHARSET.test(contentType)
}

/**
 * The body as text where that gives the same bytes again: a byte order mark stays, another charset is no text to us.
 */
export function bodyText(contentType: string, body: Uint8Array): string | undefined {
  if (!TEXTUAL.test(mediaTypeOf(contentType)) || isOtherCharset(contentType)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}
