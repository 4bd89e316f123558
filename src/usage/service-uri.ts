/** URIs that name services, RFC 4826 §4.4.5: two spellings of one URI are one name. */
import { canonicalXui } from '../xui.ts'

/**
 * RFC 3261 §19.1.4, without parameters and headers, which would make one address two services.
 * @returns `sip:friends@example.com` of ` SIP:%66riends@EXAMPLE.com;transport=udp`; a text that is no SIP URI with a
 * user as it is.
 */
export function canonicalRlsUri(uri: string): string {
  const text = unescaped(uri.trim())
  const canonical = /^sips?:/i.test(text) ? canonicalXui(text.replace(/[;?][^]*$/, '')) : undefined
  return canonical ?? text
}

/** Blink's library encodes a whole URI: `sip%3Afriends%40example.com`. */
function unescaped(uri: string): string {
  if (!/^sips?%3a/i.test(uri)) return uri
  try {
    return decodeURIComponent(uri)
  } catch {
    return uri
  }
}
