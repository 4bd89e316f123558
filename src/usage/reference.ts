/** References to lists: judged by their text, never followed (RFC 4826 §3.4.5, §4.4.5). */
import type { Owner } from '../names.ts'
import { userNamed } from '../xui.ts'

/**
 * RFC 3987 `ipchar`, and what separates: a percent sign encodes something; brackets, quotes and spaces of a node
 * selector are encoded.
 */
const CHARACTERS = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=@\u00A0-\uD7FF\uE000-\uFFEF\u{10000}-\u{EFFFD}]|%[0-9A-Fa-f]{2})"
const RELATIVE_PATH = new RegExp(`^${CHARACTERS}+(?:/(?:${CHARACTERS}|:)*)*(?:\\?(?:${CHARACTERS}|[:/?])*)?$`, 'u')
const BEHIND = `(?:${CHARACTERS}|[:/?])*`
const HTTP_URI = new RegExp(
  `^https?://(?:${CHARACTERS}|[:[\\]])+(?:/(?:${CHARACTERS}|[:/])*)?(?:\\?${BEHIND})?(?:#${BEHIND})?$`,
  'iu',
)

/**
 * RFC 3986 §4.2, `path-noscheme`: no scheme, no leading slash, no colon in the first segment; a query binds the
 * prefixes of a selector.
 */
export function isRelativePath(reference: string): boolean {
  return RELATIVE_PATH.test(reference)
}

/** RFC 3986 §4.3, of the schemes that XCAP has. */
export function isHttpUri(reference: string): boolean {
  return HTTP_URI.test(reference) || HTTP_URI.test(unescaped(reference))
}

/**
 * Blink's library encodes a whole anchor, `http%3A//…`: it is judged by what it stands for, and kept as it was sent.
 */
function unescaped(reference: string): string {
  return reference.replace(/^(https?)%3A/i, '$1:')
}

/**
 * The path holds the AUID `resource-lists`, and behind `users` the owner. The XCAP root before it is not looked at: one
 * server is reached under several.
 * @returns what is wrong, for people; `undefined`: nothing.
 */
export function faultOfListUri(uri: string, owner: Owner): string | undefined {
  if (!isHttpUri(uri)) return 'is an absolute HTTP URI'
  const segments = uri.replace(/^[^:]*:\/\/[^/]*|[?#].*$/g, '').split('/')
  const at = segments.lastIndexOf(
    'resource-lists',
    segments.findIndex((segment) => /^(?:~|%7e){2}$/i.test(segment)),
  )
  const [tree, xui = ''] = segments.slice(at + 1)
  if (at === -1 || (tree !== 'users' && tree !== 'global')) return 'names a document of resource-lists'
  if (tree === 'users' && owner !== 'global' && decoded(xui, owner) !== owner)
    return `names a list of the same user, ${owner}`
  return undefined
}

/** A bare name is the owner's where he has it in his domain: clients that name him so write it into their lists. */
function decoded(segment: string, owner: Owner): string | undefined {
  try {
    return userNamed(decodeURIComponent(segment), owner.slice(owner.indexOf('@') + 1))
  } catch {
    return undefined
  }
}
