/**
 * The canonical form of an XCAP user identifier, RFC 4825 §6.2: two texts name the same user exactly when their canonical forms are equal.
 *
 * Only URIs whose rules of equality are known can be identifiers, else two spellings would be two users: `tel:` numbers (RFC 3966 §4), and
 * the schemes of the form user@host, which all compare as RFC 3261 §19.1.4 reads. Schemes, hosts and users are ASCII; nothing is folded
 * outside of it, because the Kelvin sign would become a `k`.
 */
import type { Xui } from './names.ts'

const SCHEMES_OF_USER_AT_HOST: ReadonlySet<string> = new Set(['sip', 'sips', 'im', 'pres', 'xmpp', 'acct', 'mailto'])

/** An identifier is a key in every index of the store, and no address-of-record in use comes near. */
const CHARACTERS_AT_MOST = 255

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
/** RFC 3261 §25.1 `user`, without `;`, `?` and `/`: no parameters, no headers, no paths. */
const USER_CHARACTERS = /^[A-Za-z0-9\-_.!~*'()&=+$,]*$/
const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]$/
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/
const PORT = /^[1-9][0-9]{0,4}$/

/**
 * `sip:alice@example.com` of `SIP:al%69ce@EXAMPLE.COM`, and of `alice@example.com`; `tel:+15550100` of `tel:+1-555-0100`, and of `+15550100`.
 * @returns `undefined` for what is no user's identifier: parameters, an empty user, control characters, slashes, percent signs that encode nothing.
 */
export function canonicalXui(text: string): Xui | undefined {
  if (text.length > CHARACTERS_AT_MOST) return undefined
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined)
    return text.startsWith('+') && !text.includes('@') ? telephone(text) : userAtHost('sip', text)
  const rest = text.slice(scheme.length + 1)
  if (scheme === 'tel') return telephone(rest)
  return SCHEMES_OF_USER_AT_HOST.has(scheme) ? userAtHost(scheme, rest) : undefined
}

/** Stands for whom a text names that is no XUI: no account and no home has it, not even the global tree's, because no XUI begins like this. */
export function nobody(text: string): Xui {
  return `?${text}` as Xui
}

/** RFC 3966 §4: visual separators do not count. A local number means nothing without its context, which would be a parameter. */
function telephone(number: string): Xui | undefined {
  const digits = number.startsWith('+') ? number.replace(/[-.()]/g, '') : ''
  return /^\+[0-9]+$/.test(digits) ? (`tel:${digits}` as Xui) : undefined
}

function userAtHost(scheme: string, text: string): Xui | undefined {
  const at = text.indexOf('@')
  if (at < 1) return undefined
  const user = canonicalUser(text.slice(0, at))
  const host = canonicalHost(text.slice(at + 1))
  if (user === undefined || host === undefined) return undefined
  const xui = `${scheme}:${user}@${host}`
  return xui.length > CHARACTERS_AT_MOST ? undefined : (xui as Xui)
}

/** RFC 3261 §19.1.4: the user part is case-sensitive; a character outside of the reserved set equals its encoding. */
function canonicalUser(user: string): string | undefined {
  const [plain = '', ...escapes] = user.split('%')
  let canonical = plain
  for (const escape of escapes) {
    const hex = escape.slice(0, 2)
    if (!/^[0-9A-Fa-f]{2}$/.test(hex)) return undefined
    const encoded = String.fromCharCode(Number.parseInt(hex, 16))
    // An encoded slash, space or control character is as bad as a plain one; what is not ASCII would have several spellings.
    if (encoded <= ' ' || encoded > '~' || encoded === '/') return undefined
    const rest = escape.slice(2)
    if (!USER_CHARACTERS.test(rest)) return undefined
    canonical += (UNRESERVED.test(encoded) ? encoded : `%${hex.toUpperCase()}`) + rest
  }
  return USER_CHARACTERS.test(plain) ? canonical : undefined
}

/** A host name or an IPv4 address, with a port where there is one. IPv6 literals have several spellings, and no user is named after one. */
function canonicalHost(text: string): string | undefined {
  if (!/^[A-Za-z0-9.:-]+$/.test(text)) return undefined
  const [name = '', port, ...more] = text.toLowerCase().split(':')
  if (more.length > 0 || (port !== undefined && !PORT.test(port))) return undefined
  return name.split('.').every((label) => LABEL.test(label))
    ? port === undefined
      ? name
      : `${name}:${port}`
    : undefined
}
