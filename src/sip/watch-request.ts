/** What a SUBSCRIBE to `xcap-diff` asks for (RFC 5875 §4.2, §4.3). */
import type { View } from '../feed/changes.ts'
import { mediaTypeOf } from '../media-type.ts'
import { Refused } from '../refusal.ts'
import { readDocument } from '../xml/read-document.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { attributeOf, childElements, type XmlElement } from '../xml/tree.ts'
import type { SipRequest } from './port.ts'

const LISTS = 'urn:ietf:params:xml:ns:resource-lists'
/** A list names some documents. */
const LIST_LIMITS = { ...DEFAULT_XML_LIMITS, depth: 16, elements: 256 }

/** @returns the event package, in lower case, and its parameters. */
export function packageOf(request: SipRequest): {
  readonly name: string
  readonly parameters: ReadonlyMap<string, string>
} {
  const [name = '', ...rest] = (request.header('event') ?? request.header('o') ?? '').split(';')
  const parameters = rest.map((parameter): [string, string] => {
    const [key = '', ...value] = parameter.split('=')
    return [key.trim().toLowerCase(), value.join('=').trim().toLowerCase()]
  })
  return { name: name.trim().toLowerCase(), parameters: new Map(parameters) }
}

/** RFC 5875 §4.3: whoever says nothing gets ETags, which everybody understands. */
export function diffOf(parameters: ReadonlyMap<string, string>): View['diff'] {
  const processing = parameters.get('diff-processing')
  return processing === 'xcap-patching' || processing === 'aggregate' ? 'patches' : 'etags'
}

/**
 * The selectors in the list, relative to the XCAP root.
 * @param root the path of the root; a URI may be absolute.
 * @throws Refused `unsupported-media-type`, `bad-request`, and what XML is refused for.
 */
export function targetsIn(request: SipRequest, root: string): readonly string[] {
  const type = request.header('content-type') ?? request.header('c') ?? ''
  if (mediaTypeOf(type) !== 'application/resource-lists+xml')
    throw new Refused({ kind: 'unsupported-media-type', detail: 'What to watch is an application/resource-lists+xml.' })
  const { root: lists } = readDocument(request.body, LIST_LIMITS)
  if (lists.local !== 'resource-lists' || lists.namespace !== LISTS)
    throw new Refused({ kind: 'bad-request', detail: 'The body is no resource-lists document.' })
  return entriesBelow(lists).map((uri) =>
    uri
      .replace(/^https?:\/\/[^/]+/i, '')
      .replace(`${root}/`, '')
      .replace(/^\//, ''),
  )
}

function entriesBelow(element: XmlElement): readonly string[] {
  return childElements(element).flatMap((child) => {
    if (child.namespace !== LISTS) return []
    if (child.local === 'list') return entriesBelow(child)
    const uri = child.local === 'entry' ? attributeOf(child, 'uri') : undefined
    return uri === undefined ? [] : [uri]
  })
}
