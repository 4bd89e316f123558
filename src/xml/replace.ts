/**
 * A document in which one element was replaced, as `readDocument` would read it, without reading the rest again: what
 * comes before stays where it is, what comes behind moves, and only the new element is read, with the prefixes that
 * are in scope at its place.
 */
import { Refused } from '../refusal.ts'
import { escapeAttribute } from './escape.ts'
import type { XmlLimits } from './limits.ts'
import { readDocument } from './read-document.ts'
import { bindingsInScope, type XmlAttribute, type XmlDocument, type XmlElement, type XmlNode } from './tree.ts'

/** In `document`, which has been read within the same limits, `element` gives way to `fragment`. */
export interface Replacement {
  readonly document: XmlDocument
  readonly element: XmlElement
  readonly fragment: string
}

/** One document became another by a replacement: everything but these two elements is the same in both. */
export interface Replaced {
  readonly before: XmlDocument
  readonly old: XmlElement
  readonly element: XmlElement
}

type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { readonly children: XmlNode[] }

/**
 * @param text of the document afterwards.
 * @returns `undefined` where something is to be refused, or the root is replaced: then the whole is to be read, and
 * says what is wrong and where.
 */
export function readReplaced(
  text: string,
  { document, element, fragment }: Replacement,
  limits: XmlLimits,
): { readonly document: XmlDocument; readonly replaced: Replaced } | undefined {
  if (element.parent === undefined) return undefined
  const read = readFragment(fragment, element.parent, limits)
  if (read === undefined) return undefined
  const copy = new Copy(
    element,
    read,
    fragment.length,
    lineEnds(fragment) - lineEnds(document.text.slice(element.start, element.end)),
  )
  const root = copy.of(document.root, undefined)
  const { elements, declarations, replacing } = copy
  if (elements > limits.elements || declarations > limits.namespaceDeclarations || replacing === undefined)
    return undefined
  return { document: { text, root }, replaced: { before: document, old: element, element: replacing } }
}

/** The only element of a fragment that is nothing else, read in a place like the one that it is for. */
function readFragment(fragment: string, parent: XmlElement, limits: XmlLimits): XmlElement | undefined {
  const bound = [...bindingsInScope(parent)].filter(([, namespace]) => namespace !== '')
  const declared = bound.map(
    ([prefix, namespace]) => ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`,
  )
  // The frame stands for the parent, and for all elements round it.
  const depth = limits.depth - depthOf(parent) + 1
  const namespaceDeclarations = limits.namespaceDeclarations + bound.length
  try {
    const { root } = readDocument(Buffer.from(`<frame${declared.join('')}>${fragment}</frame>`), {
      ...limits,
      depth,
      namespaceDeclarations,
    })
    const [only, second] = root.children
    return only?.kind === 'element' && second === undefined ? only : undefined
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function depthOf(element: XmlElement): number {
  return element.parent === undefined ? 1 : 1 + depthOf(element.parent)
}

/** Copies a tree whose nodes move, with another element in the place of one of them. */
class Copy {
  elements = 0
  declarations = 0
  replacing: XmlElement | undefined
  readonly #old: XmlElement
  readonly #fresh: XmlElement
  readonly #moved: number
  readonly #lines: number

  /** @param lines by how many what comes behind moves down. */
  constructor(old: XmlElement, fresh: XmlElement, length: number, lines: number) {
    this.#old = old
    this.#fresh = fresh
    this.#moved = length - (old.end - old.start)
    this.#lines = lines
  }

  of(element: XmlElement, parent: XmlElement | undefined): XmlElement {
    const { start, end } = this.#old
    const isBehind = element.start >= end
    const holds = element.start < start && element.end > start
    const by = isBehind ? this.#moved : 0
    const byAtEnd = isBehind || holds ? this.#moved : 0
    return this.#copied(element, parent, { by, byAtEnd, lines: isBehind ? this.#lines : 0 })
  }

  #node(node: XmlNode, parent: XmlElement): XmlNode {
    if (node === this.#old) {
      const by = this.#old.start - this.#fresh.start
      this.replacing = this.#fragment(this.#fresh, parent, by, this.#old.line - this.#fresh.line)
      return this.replacing
    }
    if (node.kind === 'element') return this.of(node, parent)
    return node.start < this.#old.end ? node : movedNode(node, this.#moved)
  }

  /** What was read in a frame, moved to its place. */
  #fragment(element: XmlElement, parent: XmlElement, by: number, lines: number): XmlElement {
    return this.#copied(element, parent, { by, byAtEnd: by, lines }, (node, inside) =>
      node.kind === 'element' ? this.#fragment(node, inside, by, lines) : movedNode(node, by),
    )
  }

  #copied(
    element: XmlElement,
    parent: XmlElement | undefined,
    { by, byAtEnd, lines }: { readonly by: number; readonly byAtEnd: number; readonly lines: number },
    copyOf: (node: XmlNode, parent: XmlElement) => XmlNode = (node, inside) => this.#node(node, inside),
  ): XmlElement {
    this.elements += 1
    this.declarations += element.declarations.length
    const copy: Growing = {
      kind: 'element',
      name: element.name,
      prefix: element.prefix,
      local: element.local,
      namespace: element.namespace,
      attributes: by === 0 ? element.attributes : element.attributes.map((attribute) => movedAttribute(attribute, by)),
      declarations: element.declarations,
      children: [],
      parent,
      line: element.line + lines,
      start: element.start + by,
      contentStart: element.contentStart + by,
      contentEnd: element.contentEnd + byAtEnd,
      end: element.end + byAtEnd,
      selfClosing: element.selfClosing,
    }
    for (const node of element.children) copy.children.push(copyOf(node, copy))
    return copy
  }
}

function movedNode<T extends Exclude<XmlNode, XmlElement>>(node: T, by: number): T {
  return { ...node, start: node.start + by, end: node.end + by }
}

function movedAttribute(attribute: XmlAttribute, by: number): XmlAttribute {
  const { name, prefix, local, namespace, value, start, valueStart, end } = attribute
  return { name, prefix, local, namespace, value, start: start + by, valueStart: valueStart + by, end: end + by }
}

/** XML 1.0 §2.11. */
function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}
