/**
 * RFC 4825 §6: reads a request target into a document selector and, behind `~~`, a node selector.
 *
 * The target is split first and each piece decoded exactly once, so `%2F` inside a name is never taken for a separator
 * (§6.1). Nothing is normalised and nothing redirected: `//`, `/./`, `/../` and a trailing slash name no document.
 */
import type { ApplicationUsages } from './application-usage.ts'
import type { Address } from './request.ts'
import { checkedName, type Owner, type Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { readXui } from '../xui.ts'

/**
 * @param target the request target as it was sent, in origin form:
 * `/xcap-root/resource-lists/users/sip:alice@example.com/index`.
 * @param root the path of the XCAP root, without a slash at its end; empty for the root of the server.
 * @param realm of users whose bare names stand in place of their XUIs; `undefined`: none do.
 * @throws Refused `not-found` for what no usage serves, `bad-request` for what cannot be decoded.
 */
export function readAddress(target: string, root: string, usages: ApplicationUsages, realm?: string): Address {
  if (target.includes('#')) throw new Refused({ kind: 'bad-request', detail: 'A request target has no fragment.' })
  const [path, query] = splitOnce(target, '?')
  if (!path.startsWith(`${root}/`)) throw notFound('This is outside of the XCAP root.')
  const segments = path.slice(root.length + 1).split('/')

  // §6: "the first ~~ separates"; "%7E%7E" is the same path segment.
  const separator = segments.findIndex((segment) => /^(?:~|%7e){2}$/i.test(segment))
  const document = (separator === -1 ? segments : segments.slice(0, separator)).map(decodeSegment)
  const behind = separator === -1 ? undefined : segments.slice(separator + 1).join('/')

  // §8: an unknown AUID is 404, before anybody is asked who he is: which usages are served is public.
  const usage = usages.find(document[0] ?? '')
  if (usage === undefined)
    throw notFound(
      `No application usage "${document[0] ?? ''}" is served here; xcap-caps/global/index lists those that are.`,
    )

  // §6.2: "users" or "global"; a user's documents lie below his XUI.
  const tree = document[1]
  if (tree !== 'users' && tree !== 'global') throw notFound('Behind the AUID comes "users" or "global".')
  const owner: Owner = tree === 'global' ? 'global' : ownerOf(document[2] ?? '', realm)
  const names = document.slice(tree === 'global' ? 2 : 3)
  if (names.length === 0 || names.some((name) => name === '' || name === '.' || name === '..')) {
    throw notFound('This names no document.')
  }
  const selector = { auid: usage.auid, owner, name: names.join('/') }
  return {
    usage,
    selector,
    root,
    ...(behind === undefined || query !== undefined ? { node: behind, query } : splitEncodedQuery(behind)),
  }
}

/** What stands between quotes, plain or encoded, or an encoded question mark. */
const QUOTED_OR_QUESTION_MARK = /"[^"]*"|'[^']*'|%22.*?%22|%27.*?%27|(%3F)/gi

/**
 * Doubango's clients encode the question mark of `?xmlns(a=urn:x)` too. Outside of quotes a node selector has none, so
 * it can be nothing else.
 */
function splitEncodedQuery(behind: string): { readonly node: string; readonly query: string | undefined } {
  for (const { index, 1: mark } of behind.matchAll(QUOTED_OR_QUESTION_MARK)) {
    if (mark !== undefined) return { node: behind.slice(0, index), query: behind.slice(index + mark.length) }
  }
  return { node: behind, query: undefined }
}

/** §6.2 */
function ownerOf(segment: string, realm: string | undefined): Xui {
  if (segment === '') throw notFound('Behind "users" comes an XUI.')
  return readXui(segment, realm)
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return checkedName(segment)
  let decoded: string
  try {
    decoded = decodeURIComponent(segment)
  } catch {
    throw new Refused({ kind: 'bad-request', detail: 'The request target is not percent-encoded UTF-8.' })
  }
  return checkedName(decoded)
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const index = text.indexOf(at)
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)]
}

function notFound(detail: string): Refused {
  return new Refused({ kind: 'not-found', detail })
}
