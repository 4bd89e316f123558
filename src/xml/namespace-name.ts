/**
 * Namespaces in XML §2.2: a namespace name is a URI reference, or empty. The parser takes any text and trims it, the
 * validator does not; so both would read other names from one document if this were not settled first.
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

export function isNamespaceName(value: string): boolean {
  return REFERENCE.test(value)
}
