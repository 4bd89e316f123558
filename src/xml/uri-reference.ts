/**
 * xs:anyURI, XSD 1.0 part 2 §3.2.17: what is a URI reference of RFC 2396 and RFC 2732 once everything is escaped that
 * must be. The validator reads RFC 3986, in which no bracket stands but round the address of a `//` authority; a SIP
 * URI has one elsewhere (RFC 3261 §25.1).
 */
const CHAR = String.raw`(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})`
const SCHEME = String.raw`[A-Za-z][A-Za-z0-9+.\-]*:`
const AUTHORITY = String.raw`\/\/(?:(?:${CHAR}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|${CHAR}*)(?::\d{0,5})?`
const PATH = String.raw`(?:${CHAR}|[:@/])*`
/** RFC 3986 §4.2: without a scheme the first segment has no colon. */
const RELATIVE_PATH = String.raw`(?:${CHAR}|@)*(?:\/${PATH})?`
const TAIL = String.raw`(?:\?(?:${CHAR}|[:@/?])*)?(?:#(?:${CHAR}|[:@/?])*)?`

/** RFC 3986 Appendix A. */
const REFERENCE = new RegExp(
  `^(?:(?:${SCHEME})?${AUTHORITY}(?:/${PATH})?|${SCHEME}(?!//)${PATH}|(?!//)${RELATIVE_PATH})${TAIL}$`,
)

/** RFC 2396 §2.4.3: what is escaped; a percent sign stands for an escape already. */
const ESCAPED = /[^A-Za-z0-9\-._~!$&'()*+,;=%:@/?#[\]]/gu

export function isUriReference(text: string): boolean {
  const value = text.trim().replace(ESCAPED, '%20')
  // RFC 2732 §3: brackets are reserved characters, and may stand where those may.
  return REFERENCE.test(value) || REFERENCE.test(value.replaceAll(/[[\]]/g, '%5B'))
}
