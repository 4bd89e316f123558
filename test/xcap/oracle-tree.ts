/**
 * A document as the oracle sees it: nested nodes that keep the pieces they were written with, read by recursive
 * descent, and joined again after an edit. No offsets. It reads only what libxml2 has found well-formed, so it is free
 * to believe what it sees.
 */
import { ParseOption, XmlDocument, XmlLibError } from 'libxml2-wasm'

export interface Attribute {
  /** White space before the name. */
  readonly lead: string
  readonly name: string
  /** The equals sign with the white space round it. */
  readonly equals: string
  quoted: string
}

export interface Element {
  readonly kind: 'element'
  readonly name: string
  attributes: Attribute[]
  /** White space before the end of the start tag. */
  tail: string
  children: Node[]
  /** The end tag; `undefined`: an empty-element tag. */
  close: string | undefined
  /** Prefix to namespace, with everything in scope. */
  readonly scope: ReadonlyMap<string, string>
}

export type Node = Element | { readonly kind: 'raw'; readonly text: string }

export interface Tree {
  readonly before: string
  readonly root: Element
  readonly after: string
}

export const XML = 'http://www.w3.org/XML/1998/namespace'
const NOTHING: ReadonlyMap<string, string> = new Map([
  ['', ''],
  ['xml', XML],
])

export function isWellFormed(text: string): boolean {
  try {
    XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE }).dispose()
    return true
  } catch (error) {
    // Namespaces in XML §8: nobody needs to look whether a name is a URI. White space round it is another thing.
    return (
      error instanceof XmlLibError &&
      error.details.every(({ message }) => /'\S(?:.*\S)?' is not a valid URI\s*$/s.test(message))
    )
  }
}

export function readTree(text: string): Tree {
  let at = 0
  while (!/^<[^!?]/.test(text.slice(at, at + 2))) at = rawEnd(text, at)
  const { element, end } = readElement(text, at, NOTHING)
  return { before: text.slice(0, at), root: element, after: text.slice(end) }
}

/**
 * The element that a fragment is, where it is one and nothing else; the fragment is well-formed between tags of its
 * own.
 */
export function readAlone(fragment: string, scope: ReadonlyMap<string, string>): Element | undefined {
  if (!/^<[^!?/]/.test(fragment)) return undefined
  const declared = [...scope].filter(([prefix, namespace]) => prefix !== 'xml' && namespace !== '')
  const declaration = (prefix: string): string => (prefix === '' ? 'xmlns' : `xmlns:${prefix}`)
  const wrapper = declared
    .map(([prefix, namespace]) => ` ${declaration(prefix)}="${namespace.replace(/&/g, '&amp;')}"`)
    .join('')
  if (!isWellFormed(`<wrapper${wrapper}>${fragment}</wrapper>`)) return undefined
  const { element, end } = readElement(fragment, 0, scope)
  return end === fragment.length ? element : undefined
}

function rawEnd(text: string, at: number): number {
  for (const [open, close] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<?', '?>'],
  ] as const) {
    if (text.startsWith(open, at)) return text.indexOf(close, at + open.length) + close.length
  }
  const next = text.indexOf('<', at)
  return next === -1 ? text.length : next
}

function readElement(
  text: string,
  start: number,
  outer: ReadonlyMap<string, string>,
): { readonly element: Element; readonly end: number } {
  const name = /[^\s/>]+/.exec(text.slice(start + 1))?.[0] ?? ''
  let at = start + 1 + name.length
  const attributes: Attribute[] = []
  for (;;) {
    const found = /^(\s+)([^\s=/>]+)(\s*=\s*)("[^"]*"|'[^']*')/.exec(text.slice(at))
    const [whole, lead = '', attribute = '', equals = '', quoted = ''] = found ?? []
    if (whole === undefined) break
    attributes.push({ lead, name: attribute, equals, quoted })
    at += whole.length
  }
  const [tail = ''] = /^\s*/.exec(text.slice(at)) ?? []
  at += tail.length
  const scope = new Map(outer)
  for (const { name: declared, quoted } of attributes) {
    if (declared === 'xmlns') scope.set('', valueOf(quoted))
    else if (declared.startsWith('xmlns:')) scope.set(declared.slice('xmlns:'.length), valueOf(quoted))
  }
  const element: Element = { kind: 'element', name, attributes, tail, children: [], close: undefined, scope }
  if (text.startsWith('/>', at)) return { element, end: at + 2 }
  at += 1
  while (!text.startsWith('</', at)) {
    if (/^<[^!?]/.test(text.slice(at, at + 2))) {
      const child = readElement(text, at, scope)
      element.children.push(child.element)
      at = child.end
    } else {
      const end = rawEnd(text, at)
      element.children.push({ kind: 'raw', text: text.slice(at, end) })
      at = end
    }
  }
  const end = text.indexOf('>', at) + 1
  element.close = text.slice(at, end)
  return { element, end }
}

export function writeTree({ before, root, after }: Tree): string {
  return before + writeNode(root) + after
}

export function writeNode(node: Node): string {
  if (node.kind === 'raw') return node.text
  const attributes = node.attributes.map(({ lead, name, equals, quoted }) => lead + name + equals + quoted)
  const start = `<${node.name}${attributes.join('')}${node.tail}`
  return node.close === undefined ? `${start}/>` : `${start}>${node.children.map(writeNode).join('')}${node.close}`
}

/** XML 1.0 §3.3.3: line ends and tabs are blanks, what is referred to stays as it is. */
export function valueOf(quoted: string): string {
  const names: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
  return quoted
    .slice(1, -1)
    .replace(/\r\n|\r|\n|\t/g, ' ')
    .replace(/&(#x[0-9a-fA-F]+|#[0-9]+|\w+);/g, (_, reference: string) => {
      if (reference.startsWith('#x')) return String.fromCodePoint(Number.parseInt(reference.slice(2), 16))
      return reference.startsWith('#') ? String.fromCodePoint(Number(reference.slice(1))) : (names[reference] ?? '')
    })
}

/** `{urn:a}x`; a name without prefix has the default namespace, of an attribute none. */
export function expanded(name: string, scope: ReadonlyMap<string, string>, what: 'element' | 'attribute'): string {
  const [first = '', second] = name.split(':')
  if (second !== undefined) return `{${scope.get(first) ?? ''}}${second}`
  return what === 'element' ? `{${scope.get('') ?? ''}}${first}` : `{}${first}`
}

/** Without the declarations of namespaces, by expanded name. */
export function attributesOf(element: Element): ReadonlyMap<string, Attribute> {
  return new Map(
    element.attributes
      .filter(({ name }) => name !== 'xmlns' && !name.startsWith('xmlns:'))
      .map((attribute) => [expanded(attribute.name, element.scope, 'attribute'), attribute]),
  )
}

export function elementsIn(element: Element): Element[] {
  return element.children.filter((child) => child.kind === 'element')
}
