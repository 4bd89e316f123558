import { isUtf8 } from 'node:buffer'

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

/** Whether the body is text in UTF-8, which gives the same bytes again; another charset is no text to us. */
export function isText(contentType: string, body: Uint8Array): boolean {
  return TEXTUAL.test(mediaTypeOf(contentType)) && !isOtherCharset(contentType) && isUtf8(body)
}
