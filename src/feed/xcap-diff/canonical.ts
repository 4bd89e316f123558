/**
 * Documents as Canonical XML 1.1 with comments sees them: two nodes have the same key exactly when their canonical
 * forms are the same. Character data is one text node wherever XPath 1.0 §5.7 has one, also where CDATA sections stand
 * in it.
 */
import { escapeAttribute } from '../../xml/escape.ts'
import type { XmlDocument, XmlElement, XmlNode } from '../../xml/tree.ts'

export interface CanonicalElement {
  readonly kind: 'element'
  readonly key: number
  /** The same for two elements whose name and whose namespace declarations are the same. */
  readonly head: number
  readonly element: XmlElement
  /** Prefix to namespace name, as declared outside of it. */
  readonly inherited: Bindings
  readonly children: readonly CanonicalNode[]
}

export interface CanonicalLeaf {
  readonly kind: 'text' | 'comment' | 'processing-instruction'
  readonly key: number
  /** As written in the document. */
  readonly source: string
  /** Only of white space, and text. */
  readonly blank: boolean
}

export type CanonicalNode = CanonicalElement | CanonicalLeaf

export interface CanonicalDocument {
  readonly text: string
  readonly root: CanonicalElement
  /** Of the comments and processing instructions before and behind the root. */
  readonly outside: number
}

export type Bindings = ReadonlyMap<string, string>

const NONE: Bindings = new Map()

/** One for the documents that are compared: their keys are numbers of one row. */
export type KeyOf = (...content: readonly (string | number)[]) => number

export function createKeys(): KeyOf {
  const keys = new Map<string, number>()
  return (...content) => {
    const text = JSON.stringify(content)
    const known = keys.get(text)
    if (known !== undefined) return known
    keys.set(text, keys.size)
    return keys.size - 1
  }
}

export function canonicalDocument({ text, root }: XmlDocument, keyOf: KeyOf): CanonicalDocument {
  const before = outsideOf(text.slice(0, root.start), keyOf)
  const behind = outsideOf(text.slice(root.end), keyOf)
  return { text, root: canonicalElement(text, root, NONE, keyOf), outside: keyOf('outside', ...before, '', ...behind) }
}

function canonicalElement(text: string, element: XmlElement, inherited: Bindings, keyOf: KeyOf): CanonicalElement {
  // Canonical XML 1.1 §2.3: a declaration that says what holds already is not seen, nor is that of `xml`.
  const effective = element.declarations.filter(
    ({ prefix, namespace }) => prefix !== 'xml' && (inherited.get(prefix) ?? '') !== namespace,
  )
  const bindings =
    effective.length === 0
      ? inherited
      : new Map([...inherited, ...effective.map((one) => [one.prefix, one.namespace] as const)])
  const declared = effective.map(({ prefix, namespace }) => `${prefix}=${namespace}`).sort()
  const head = keyOf('head', element.name, element.namespace, ...declared)
  const attributes = element.attributes.map(({ name, namespace, value }) => JSON.stringify([name, namespace, value]))
  const children = childrenOf(text, element, bindings, keyOf)
  const key = keyOf('element', head, ...attributes.sort(), ...children.map((child) => child.key))
  return { kind: 'element', key, head, element, inherited, children }
}

function childrenOf(text: string, element: XmlElement, bindings: Bindings, keyOf: KeyOf): readonly CanonicalNode[] {
  const children: CanonicalNode[] = []
  let run: Extract<XmlNode, { kind: 'text' }>[] = []
  const endRun = (): void => {
    const value = run.map((part) => part.value).join('')
    const source = text.slice(run[0]?.start, run.at(-1)?.end)
    // An empty CDATA section is no text node.
    if (value !== '')
      children.push({ kind: 'text', key: keyOf('text', value), source, blank: !/[^ \t\r\n]/.test(value) })
    run = []
  }
  for (const node of element.children) {
    if (node.kind === 'text') {
      run.push(node)
      continue
    }
    endRun()
    if (node.kind === 'element') children.push(canonicalElement(text, node, bindings, keyOf))
    else children.push(leaf(node.kind, text.slice(node.start, node.end), keyOf))
  }
  endRun()
  return children
}

function leaf(kind: 'comment' | 'processing-instruction', source: string, keyOf: KeyOf): CanonicalLeaf {
  const lines = source.replace(/\r\n?/g, '\n')
  const seen =
    kind === 'comment' ? lines : lines.replace(/^(<\?[^ \t\n?]+)[ \t\n]+/, '$1 ').replace(/^(<\?[^ ]+) \?>$/, '$1?>')
  return { kind, key: keyOf(kind, seen), source, blank: false }
}

/** The keys of the comments and processing instructions in what stands before or behind the root. */
function outsideOf(text: string, keyOf: KeyOf): readonly number[] {
  const found = text.matchAll(/<!--[^]*?-->|<\?(?!xml[ \t\r\n])[^]*?\?>/g)
  return [...found].map(
    ([source]) => leaf(source.startsWith('<!') ? 'comment' : 'processing-instruction', source, keyOf).key,
  )
}

/** An element as it can stand in another document: with the declarations that it needs and has from outside. */
export function standalone(text: string, { element, inherited }: CanonicalElement): string {
  const needed = new Set<string>()
  collectPrefixes(element, needed)
  for (const { prefix } of element.declarations) needed.delete(prefix)
  const declarations = [...needed].map((prefix) => declaration(prefix, inherited.get(prefix) ?? '')).join('')
  const behindName = element.start + 1 + element.name.length
  return `<${element.name}${declarations}${text.slice(behindName, element.end)}`
}

function collectPrefixes(element: XmlElement, prefixes: Set<string>): void {
  prefixes.add(element.prefix)
  for (const { prefix } of element.attributes) if (prefix !== '') prefixes.add(prefix)
  for (const child of element.children) if (child.kind === 'element') collectPrefixes(child, prefixes)
}

/** ` xmlns:p="urn:a"`, or nothing where there is nothing to declare. */
export function declaration(prefix: string, namespace: string): string {
  if (namespace === '' || prefix === 'xml') return ''
  return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`
}
