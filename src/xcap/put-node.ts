/**
 * RFC 4825 §8.2.3 and §8.2.4 for an element or an attribute: the document's text with the node in it, checked for §7's promise that
 * GET gives back what PUT sent.
 */
import { Refused } from '../refusal.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { XML_NAMESPACE } from './bindings.ts'
import { insertAttribute, insertElement, replaceAttribute, replaceElement, type Edit } from './edit.ts'
import { elementAt, noParent } from './node.ts'
import type { Address } from './request.ts'
import { bindingsInScope, select } from './select.ts'
import type { NodeSelector } from './selector.ts'

/** The document afterwards. */
export interface Edited {
  readonly kind: 'created' | 'replaced'
  readonly document: XmlDocument
  readonly bytes: Uint8Array
}

/**
 * @param parse reads the edited text as a document; what it refuses as `not-well-formed` is the sender's fragment, because the text was well-formed before.
 * @throws Refused `no-parent`, `not-utf-8`, `not-xml-frag`, `not-xml-att-value`, `cannot-insert`, `constraint-failure`
 */
export function putNode(address: Address, node: NodeSelector, present: XmlDocument | undefined, body: Uint8Array, parse: (text: string) => XmlDocument): Edited {
  if (present === undefined) throw noParent(address, node, undefined, 0)
  const sent = readUtf8(body)
  return node.terminal.kind === 'attribute' ? putAttribute(address, node, present, sent, parse) : putElement(address, node, present, sent, parse)
}

function putElement(address: Address, node: NodeSelector, present: XmlDocument, sent: string, parse: (text: string) => XmlDocument): Edited {
  const fragment = sent.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '')
  if (!fragment.startsWith('<') || fragment.startsWith('<?') || fragment.startsWith('<!')) throw notFragment('it does not begin with a start tag')
  const found = select(present, node)
  const last = node.steps.length - 1
  let edit: Edit | undefined
  if (found.kind === 'element') {
    edit = replaceElement(present.text, found.element, fragment)
  } else if (found.kind === 'nothing') {
    // §8.2.1: the parent is what all steps but the last select. The root element has none.
    if (found.reached < last || found.parent === undefined) throw noParent(address, node, present, found.reached)
    const step = node.steps[last]
    edit = step && insertElement(present.text, found.parent, step, fragment)
  }
  if (edit === undefined) throw cannotInsert('there are fewer siblings than the position asks for')

  const document = parseEdited(edit.text, parse, notFragment)
  if (elementAt(document, edit.start, edit.end) === undefined) throw notFragment('it is more, or less, than one element')
  const now = select(document, node)
  if (now.kind !== 'element' || now.element.start !== edit.start) throw cannotInsert('its name, attributes or position differ from the selector')
  return { kind: found.kind === 'element' ? 'replaced' : 'created', document, bytes: Buffer.from(edit.text) }
}

function putAttribute(address: Address, node: NodeSelector, present: XmlDocument, sent: string, parse: (text: string) => XmlDocument): Edited {
  const quoted = quote(sent)
  const found = select(present, node)
  let edit: Edit
  if (found.kind === 'attribute') {
    edit = replaceAttribute(present.text, found.attribute, quoted)
  } else {
    if (found.kind !== 'nothing' || found.reached < node.steps.length || found.parent === undefined || node.terminal.kind !== 'attribute') {
      throw noParent(address, node, present, found.kind === 'nothing' ? found.reached : 0)
    }
    const { namespace, local } = node.terminal
    const prefix = namespace === '' ? '' : prefixOf(bindingsInScope(found.parent), namespace)
    if (prefix === undefined) throw cannotInsert(`no prefix is bound to ${namespace} at this element`)
    edit = insertAttribute(present.text, found.parent, prefix === '' ? local : `${prefix}:${local}`, quoted)
  }
  const document = parseEdited(edit.text, parse, notAttributeValue)
  const now = select(document, node)
  // §8.2.3: replacing the very attribute that the selector's predicate asks for, the selector would no longer select it.
  if (now.kind !== 'attribute' || document.text.slice(now.attribute.valueStart, now.attribute.end) !== quoted) {
    throw cannotInsert('the selector would no longer select this attribute')
  }
  return { kind: found.kind === 'attribute' ? 'replaced' : 'created', document, bytes: Buffer.from(edit.text) }
}

function prefixOf(bindings: ReadonlyMap<string, string>, namespace: string): string | undefined {
  if (namespace === XML_NAMESPACE) return 'xml'
  return [...bindings].find(([prefix, bound]) => bound === namespace && prefix !== '')?.[0]
}

/** XML 1.0 §2.3, AttValue. RFC 4825 prints it with its quotes, many clients send it bare: both are taken. */
function quote(sent: string): string {
  const QUOTED = /^"(?:[^<&"]|&(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);)*"$|^'(?:[^<&']|&(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);)*'$/
  if (QUOTED.test(sent)) return sent
  if (/^["']/.test(sent)) throw notAttributeValue('a quote opens and does not close')
  const bare = `"${sent.replaceAll('"', '&quot;')}"`
  if (!QUOTED.test(bare)) throw notAttributeValue('"<" and "&" are written &lt; and &amp;')
  return bare
}

function readUtf8(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    throw new Refused({ kind: 'not-utf-8', phrase: 'The body is not UTF-8' })
  }
}

function parseEdited(text: string, parse: (text: string) => XmlDocument, refusal: (why: string) => Refused): XmlDocument {
  try {
    return parse(text)
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

function cannotInsert(why: string): Refused {
  return new Refused({ kind: 'cannot-insert', phrase: `GET of this selector would not give back what was sent: ${why}` })
}
