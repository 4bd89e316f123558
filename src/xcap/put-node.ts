/**
 * RFC 4825 §8.2.1 to §8.2.4 for an element or an attribute: the document's text with the node in it, checked for §7's
 * promise that GET gives back what PUT sent.
 */
import { Refused } from '../refusal.ts'
import type { TextDocument } from '../xml/read-document.ts'
import type { Replaced } from '../xml/replace.ts'
import { bindingsInScope, type XmlAttribute, type XmlElement } from '../xml/tree.ts'
import { resolveAttValue } from './att-value.ts'
import { XML_NAMESPACE } from './bindings.ts'
import { appendElement, insertAttribute, insertElement, replaceAttribute, replaceElement, type Edit } from './edit.ts'
import { elementBetween, noParent, quotedValue } from './node.ts'
import type { Address } from './request.ts'
import { select, takesInstead } from './select.ts'
import type { NodeSelector, Step } from './selector.ts'

/** A document as it was read. */
export interface Parsed {
  readonly document: TextDocument
  readonly bytes: Uint8Array
  /** Where it is another one but for one element. */
  readonly replaced?: Replaced
}

/** The document afterwards. */
export interface Edited extends Omit<Parsed, 'replaced'> {
  readonly kind: 'created' | 'replaced'
  /** Where it is one that was checked, but for one element, or but for nothing. */
  readonly replaced?: Replaced | 'nothing'
}

/**
 * The edited text read as a document. What it refuses as `not-well-formed` is the sender's fragment: the text was
 * well-formed before.
 */
type Parse = (edit: Edit) => Parsed

/** Where a node goes: in place of the one that is there, or into its parent. */
export type NodePlace =
  | { readonly kind: 'element'; readonly document: TextDocument; readonly element: XmlElement }
  | { readonly kind: 'new-element'; readonly text: string; readonly parent: XmlElement; readonly step: Step }
  | {
      readonly kind: 'attribute'
      readonly text: string
      readonly element: XmlElement
      readonly attribute: XmlAttribute
    }
  | {
      readonly kind: 'new-attribute'
      readonly text: string
      readonly parent: XmlElement
      readonly namespace: string
      readonly local: string
    }

/**
 * §8.2.1: the parent of an element is what all steps but the last select, the root element has none; that of an
 * attribute is its element.
 * @throws Refused `no-parent`
 */
export function placeOf(address: Address, node: NodeSelector, present: TextDocument | undefined): NodePlace {
  if (present === undefined) throw noParent(address, node, undefined, 0)
  const { text } = present
  const { steps, terminal } = node
  const found = select(present, node)
  if (found.kind === 'element') return { kind: 'element', document: present, element: found.element }
  if (found.kind === 'attribute') return { ...found, text }
  const step = steps.at(-1)
  if (found.kind === 'nothing' && found.parent !== undefined && step !== undefined) {
    const { parent, reached } = found
    if (terminal.kind === 'element' && reached === steps.length - 1) return { kind: 'new-element', text, parent, step }
    if (terminal.kind === 'attribute' && reached === steps.length)
      return { ...terminal, kind: 'new-attribute', text, parent }
  }
  throw noParent(address, node, present, found.kind === 'nothing' ? found.reached : 0)
}

/** @throws Refused `not-utf-8`, `not-xml-frag`, `not-xml-att-value`, `cannot-insert`, `constraint-failure` */
export function putNode(node: NodeSelector, place: NodePlace, body: Uint8Array, parse: Parse): Edited {
  switch (place.kind) {
    case 'element':
      return replace(node, place, readFragment(body), parse) // §8.2.2, §8.2.4
    case 'new-element':
      return insert(node, place, readFragment(body), parse) // §8.2.2, §8.2.3
    case 'attribute':
    case 'new-attribute':
      return putAttribute(node, place, readValue(body), parse) // §8.2.2 to §8.2.4
  }
}

interface Put extends Parsed {
  readonly element: XmlElement
}

/** §7, §8.2.4: all else stays, so the selector selects what was sent if its last step takes that. */
function replace(
  node: NodeSelector,
  place: Extract<NodePlace, { readonly kind: 'element' }>,
  fragment: string,
  parse: Parse,
): Edited {
  const { element, ...parsed } = readEdit(replaceElement({ ...place, fragment }), parse)
  const last = node.steps.at(-1)
  if (last === undefined || !takesInstead(last, element)) throw isOtherNode()
  return { kind: 'replaced', ...parsed }
}

/** §7, §8.2.3: the selector must now select what was sent. */
function insert(
  node: NodeSelector,
  place: Extract<NodePlace, { readonly kind: 'new-element' }>,
  fragment: string,
  parse: Parse,
): Edited {
  const { element, ...parsed } = readInserted(place, fragment, parse)
  const now = select(parsed.document, node)
  if (now.kind !== 'element' || now.element !== element) throw isOtherNode()
  return { kind: 'created', ...parsed }
}

/**
 * §8.2.3. Behind `*` without a position the place is among those of the new element's own name, which only its content
 * tells.
 */
function readInserted(
  { text, parent, step }: Extract<NodePlace, { readonly kind: 'new-element' }>,
  fragment: string,
  parse: Parse,
): Put {
  if (step.test.kind === 'name' || step.position !== undefined) {
    return readEdit(insertElement(text, parent, step.test, step.position, fragment), parse)
  }
  const { namespace, local } = readEdit(appendElement(text, parent, fragment), parse).element
  return readEdit(insertElement(text, parent, { kind: 'name', namespace, local }, undefined, fragment), parse)
}

/** @throws Refused `not-xml-frag` (§8.2.2) where what was put is not exactly one element. */
function readEdit(edit: Edit, parse: Parse): Put {
  const parsed = parseEdited(edit, parse, notFragment)
  const element = parsed.replaced?.element ?? elementBetween(parsed.document, edit.start, edit.end)
  if (element === undefined) throw notFragment('it is more, or less, than one element')
  return { element, ...parsed }
}

type AttributePlace = Extract<NodePlace, { readonly kind: 'attribute' | 'new-attribute' }>

function putAttribute(node: NodeSelector, place: AttributePlace, quoted: string, parse: Parse): Edited {
  const edit =
    place.kind === 'attribute'
      ? replaceAttribute(place.text, place.element, place.attribute, quoted)
      : insertNamed(place, quoted)
  const { document, bytes } = parseEdited(edit, parse, notAttributeValue)
  const now = select(document, node)
  // §7, §8.2.3: of the attribute that its own predicate asks for, the selector would no longer select it.
  if (now.kind !== 'attribute' || quotedValue(document, now) !== quoted) {
    throw cannotInsert('the selector would no longer select this attribute')
  }
  return { kind: place.kind === 'attribute' ? 'replaced' : 'created', document, bytes }
}

/** §8.2.3 */
function insertNamed(
  { text, parent, namespace, local }: Extract<NodePlace, { readonly kind: 'new-attribute' }>,
  quoted: string,
): Edit {
  if (namespace === '' && local === 'xmlns') throw cannotInsert('a namespace declaration is no attribute') // §6.3
  const prefix = namespace === '' ? '' : prefixOf(bindingsInScope(parent), namespace)
  if (prefix === undefined) throw cannotInsert(`no prefix is bound to ${namespace} at this element`)
  return insertAttribute(text, parent, prefix === '' ? local : `${prefix}:${local}`, quoted)
}

function prefixOf(bindings: ReadonlyMap<string, string>, namespace: string): string | undefined {
  if (namespace === XML_NAMESPACE) return 'xml'
  return [...bindings].find(([prefix, bound]) => bound === namespace && prefix !== '')?.[0]
}

/** §8.2.2. White space round the element (a file's last line end) is no part of it. */
function readFragment(body: Uint8Array): string {
  const fragment = trimmed(readUtf8(body))
  if (!fragment.startsWith('<') || fragment.startsWith('<?') || fragment.startsWith('<!'))
    throw notFragment('it does not begin with a start tag')
  return fragment
}

/** Without the white space round it. */
function trimmed(sent: string): string {
  let start = 0
  let end = sent.length
  while (start < end && isWhiteSpace(sent.charCodeAt(start))) start += 1
  while (start < end && isWhiteSpace(sent.charCodeAt(end - 1))) end -= 1
  return sent.slice(start, end)
}

/** XML 1.0 §2.3, `S`. */
function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}

/**
 * §8.2.2: AttValue of XML 1.0 §2.3. The RFC prints it with its quotes, many clients send it bare: both are taken. White
 * space round it (a file's last line end) is no part of it, as with elements.
 */
function readValue(body: Uint8Array): string {
  const sent = trimmed(readUtf8(body))
  const quoted = /^["']/.test(sent) ? sent : `"${sent.replaceAll('"', '&quot;')}"`
  if (quoted.length < 2 || quoted.indexOf(quoted.charAt(0), 1) !== quoted.length - 1)
    throw notAttributeValue('a quote opens and does not close')
  if (resolveAttValue(quoted.slice(1, -1)) === undefined)
    throw notAttributeValue('"<" and "&" are written &lt; and &amp;')
  return quoted
}

function readUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new Refused({ kind: 'not-utf-8', phrase: 'The body is not UTF-8' })
  }
}

function parseEdited(edit: Edit, parse: Parse, refusal: (why: string) => Refused): Parsed {
  try {
    return parse(edit)
  } catch (error) {
    if (error instanceof Refused && error.refusal.kind === 'not-well-formed') throw refusal(error.refusal.phrase)
    throw error
  }
}

function notFragment(why: string): Refused {
  return new Refused({ kind: 'not-xml-frag', phrase: `The body is not one well-balanced element: ${why}` })
}

function notAttributeValue(why: string): Refused {
  return new Refused({ kind: 'not-xml-att-value', phrase: `The body is not an attribute value: ${why}` })
}

function isOtherNode(): Refused {
  return cannotInsert('its name, attributes or position differ from the selector')
}

function cannotInsert(why: string): Refused {
  return new Refused({
    kind: 'cannot-insert',
    phrase: `GET of this selector would not give back what was sent: ${why}`,
  })
}
