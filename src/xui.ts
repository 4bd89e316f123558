/**
 * The canonical form of an XCAP user identifier, RFC 4825 §6.2: two texts name the same user exactly when their
 * canonical forms are equal.
 *
 * Only URIs whose rules of equality are known can be identifiers, else two spellings would be two users: `tel:` numbers
 * (RFC 3966 §4), and the schemes of the form user@host, which all compare as RFC 3261 §19.1.4 reads. Schemes, hosts and
 * users are ASCII; nothing is folded outside of it, because the Kelvin sign would become a `k`.
 */
import type { Xui } from './names.ts'
import { Refused } from './refusal.ts'

const SCHEMES_OF_USER_AT_HOST: ReadonlySet<string> = new Set(['sip', 'sips', 'im', 'pres', 'xmpp', 'acct', 'mailto'])

/** An identifier is a key in every index of the store, and no address-of-record in use comes near. */
const CHARACTERS_AT_MOST = 255

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
/** RFC 3261 §25.1 `user`, without `;`, `?` and `/`: no parameters, no headers, no paths. */
const USER_CHARACTERS = /^[A-Za-z0-9\-_.!~*'()&=+$,]*$/
const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]$/
const RESERVED = /^[;/?:@&=+$,]$/
const encoder = new TextEncoder()
/**
 * A host name or an IPv4 address, with a port where there is one. IPv6 literals have several spellings, and no user is
 * named after one.
 */
const HOST =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*(?::[1-9][0-9]{0,4})?$/

/**
 * `sip:alice@example.com` of `SIP:al%69ce@EXAMPLE.COM`, and of `alice@example.com`; `tel:+15550100` of
 * `tel:+1-555-0100`, and of `+15550100`.
 * @returns `undefined` for what is no user's identifier: parameters, an empty user, control characters, slashes,
 * percent signs that encode nothing.
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

/**
 * Whom a text means where an XUI or the bare name of a user is taken: `sip:alice@example.com` of `alice`, in the realm
 * `example.com`. OpenXCAP and Kamailio take both, and some clients know only the bare name.
 * @returns `undefined` for what is neither: what has a scheme or a domain is never taken for a bare name.
 */
export function userNamed(text: string, realm: string): Xui | undefined {
  return canonicalXui(text) ?? (/[:@]/.test(text) ? undefined : canonicalXui(`sip:${text}@${realm}`))
}

/**
 * Stands for whom a text names that is no XUI: no account and no home has it, not even the global tree's, because no
 * XUI begins like this.
 */
function nobody(text: string): Xui {
  return `?${text}` as Xui
}

/** Says to who may know that there is no such account; what is no XUI at all, as it was written. */
export function unknownUser(xui: string): Refused {
  const isXui = !xui.startsWith('?')
  const detail = isXui ? `There is no user ${xui}.` : `"${xui.slice(1)}" is no XUI; one is like sip:alice@example.com.`
  return new Refused({ kind: 'unknown-user', detail })
}

/**
 * A user as a request names him. What is no XUI in any form belongs to nobody, so it is kept as it is: whoever asks for
 * it may not, or there is no such user.
 * @param realm of bare names; `undefined`: there are none.
 * @throws Refused `bad-request` for URI parameters.
 */
export function readXui(text: string, realm?: string): Xui {
  if (text.includes(';')) throw new Refused({ kind: 'bad-request', detail: 'An XUI has no URI parameters.' })
  return (realm === undefined ? canonicalXui(text) : userNamed(text, realm)) ?? nobody(text)
}

/**
 * RFC 3966 §4: visual separators do not count. A local number means nothing without its context, which would be a
 * parameter.
 */
function telephone(number: string): Xui | undefined {
  const digits = number.startsWith('+') ? number.replace(/[-.()]/g, '') : ''
  return /^\+[0-9]+$/.test(digits) ? (`tel:${digits}` as Xui) : undefined
}

function userAtHost(scheme: string, text: string): Xui | undefined {
  const at = text.indexOf('@')
  if (at < 1) return undefined
  const user = text.slice(0, at)
  const host = text.slice(at + 1)
  if (!isUser(user) || !HOST.test(host)) return undefined
  const xui = `${scheme}:${canonicalUser(user)}@${host.toLowerCase()}`
  return xui.length > CHARACTERS_AT_MOST ? undefined : (xui as Xui)
}

/**
 * An encoded slash, space or control character is as bad as a plain one; what is not ASCII would have several
 * spellings.
 */
function isUser(user: string): boolean {
  if (USER_CHARACTERS.test(user)) return true
  const [plain = '', ...escapes] = user.split('%')
  return USER_CHARACTERS.test(plain) && escapes.every((escape) => isEscape(escape.slice(0, 2), escape.slice(2)))
}

function isEscape(hex: string, rest: string): boolean {
  if (!/^[0-9A-Fa-f]{2}$/.test(hex) || !USER_CHARACTERS.test(rest)) return false
  const character = String.fromCharCode(Number.parseInt(hex, 16))
  return character > ' ' && character <= '~' && character !== '/'
}

/** The user part of a URI. Case counts; a character that is not reserved equals its encoding, RFC 3261 §19.1.4. */
export function canonicalUser(user: string): string {
  if (USER_CHARACTERS.test(user)) return user
  return user.replace(/%([0-9A-Fa-f]{2})|[^]/gu, (matched: string, hex: string | undefined) => {
    if (hex === undefined) return UNRESERVED.test(matched) || RESERVED.test(matched) ? matched : encoded(matched)
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return UNRESERVED.test(character) ? character : matched.toUpperCase()
  })
}

function encoded(character: string): string {
  return [...encoder.encode(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
