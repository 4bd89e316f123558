/**
 * A document in which one element was replaced, as `readDocument` would read it, without reading the rest again: what
 * comes before stays where it is, what comes behind moves, and only the new element is read, with the prefixes that
 * are in scope at its place.
 */
import { Refused } from '../refusal.ts'
import { escapeAttribute } from './escape.ts'
import type { XmlLimits } from './limits.ts'
import { readDocument } from './read-document.ts'
import { bindingsInScope, type XmlDocument, type XmlElement, type XmlNode } from './tree.ts'

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

type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] }

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
  const copy = new Copy(element, read, {
    by: fragment.length - (element.end - element.start),
    lines: lineEnds(fragment) - lineEnds(document.text.slice(element.start, element.end)),
  })
  const root = copy.around(document.root, undefined)
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

/** How far something moves: by so many UTF-16 units, and so many lines down. */
interface Move {
  readonly by: number
  readonly lines: number
}

const STAYS: Move = { by: 0, lines: 0 }

/** Copies a tree whose nodes move, with another element in the place of one of them. */
class Copy {
  elements = 0
  declarations = 0
  replacing: XmlElement | undefined
  readonly #old: XmlElement
  readonly #fresh: XmlElement
  readonly #behind: Move

  /** @param behind how what comes behind moves. */
  constructor(old: XmlElement, fresh: XmlElement, behind: Move) {
    this.#old = old
    this.#fresh = fresh
    this.#behind = behind
  }

  /** @param element that holds the one to be replaced. */
  around(element: XmlElement, parent: XmlElement | undefined): XmlElement {
    const old = this.#old
    const copy = this.#copied(element, parent, STAYS)
    copy.contentEnd += this.#behind.by
    copy.end += this.#behind.by
    const nodes = element.children.slice()
    for (const [index, node] of nodes.entries()) {
      const isBefore = node.start < old.start
      if (node === old) nodes[index] = this.#replacing(copy)
      else if (isBefore && node.end > old.start && node.kind === 'element') nodes[index] = this.around(node, copy)
      else nodes[index] = this.#moved(node, copy, isBefore ? STAYS : this.#behind)
    }
    copy.children = nodes
    return copy
  }

  /** What was read in a frame, moved to its place. */
  #replacing(parent: XmlElement): XmlElement {
    const { start, line } = this.#fresh
    const move = { by: this.#old.start - start, lines: this.#old.line - line }
    this.replacing = this.#movedElement(this.#fresh, parent, move)
    return this.replacing
  }

  #moved(node: XmlNode, parent: XmlElement, move: Move): XmlNode {
    if (node.kind === 'element') return this.#movedElement(node, parent, move)
    if (move.by === 0) return node
    const start = node.start + move.by
    const end = node.end + move.by
    if (node.kind === 'processing-instruction') return { kind: node.kind, start, end }
    return { kind: node.kind, value: node.value, start, end }
  }

  #movedElement(element: XmlElement, parent: XmlElement, move: Move): XmlElement {
    const copy = this.#copied(element, parent, move)
    if (element.children.length === 0) return copy
    // A copy has the length that it needs, an array that grows has more.
    const nodes = element.children.slice()
    for (let index = 0; index < nodes.length; index++) nodes[index] = this.#moved(nodes[index] as XmlNode, copy, move)
    copy.children = nodes
    return copy
  }

  /** With the same nodes inside. */
  #copied(element: XmlElement, parent: XmlElement | undefined, { by, lines }: Move): Growing {
    this.elements += 1
    this.declarations += element.declarations.length
    return {
      kind: 'element',
      name: element.name,
      prefix: element.prefix,
      local: element.local,
      namespace: element.namespace,
      attributes: element.attributes,
      declarations: element.declarations,
      children: element.children,
      parent,
      line: element.line + lines,
      start: element.start + by,
      contentStart: element.contentStart + by,
      contentEnd: element.contentEnd + by,
      end: element.end + by,
      selfClosing: element.selfClosing,
    }
  }
}

/** XML 1.0 §2.11. */
function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}
