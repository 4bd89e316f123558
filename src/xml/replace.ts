/**
 * A document that differs from another one in one element, as `readDocument` would read it, without reading the rest
 * again: only the new element is read, inside the start tags of those that hold it.
 */
import { Refused } from '../refusal.ts'
import type { XmlLimits } from './limits.ts'
import type { ElementExtent } from './outline.ts'
import { readDecoded, TextDocument } from './read-document.ts'
import type { XmlDocument, XmlElement, XmlNode } from './tree.ts'

/** In `document`, which has been read within the same limits, `element` gives way to `fragment`. */
export interface Replacement {
  readonly document: TextDocument
  readonly element: XmlElement
  readonly fragment: string
}

/** One document became another by a replacement: everything but these two elements is the same in both. */
export interface Replaced {
  readonly before: XmlDocument
  readonly old: XmlElement
  /** As it stands in `alone`. */
  readonly element: XmlElement
  /** The text of the new element with the tags of those that hold it round it, and nothing else. */
  readonly alone: string
}

/** The document afterwards. */
export interface Changed {
  readonly document: TextDocument
  /** Missing: the two are the same. */
  readonly replaced?: Replaced
}

type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] }

/**
 * The tree of what is not new is copied: whoever names a node of a document will name another one. Of what is the same
 * nothing is read.
 * @param text of the document afterwards.
 * @returns `undefined` where something is to be refused, or the root is replaced: then the whole is to be read, and
 * says what is wrong and where.
 */
export function readReplaced(
  text: string,
  { document, element, fragment }: Replacement,
  limits: XmlLimits,
): Changed | undefined {
  if (text === document.text) return { document }
  const read = readAlone(document.text, holdersOf(element), fragment, limits)
  if (read === undefined) return undefined
  const copy = new Copy(element, read.element, {
    by: fragment.length - (element.end - element.start),
    lines: lineEnds(fragment) - lineEnds(document.text.slice(element.start, element.end)),
  })
  const root = copy.around(document.root, undefined)
  if (copy.elements > limits.elements || copy.declarations > limits.namespaceDeclarations) return undefined
  return { document: new TextDocument(text, limits, { root }), replaced: { before: document, old: element, ...read } }
}

/**
 * A whole text, of which what is the same as in `before` is not read again: what gives way is the innermost element
 * that holds all that differs. Its tree is read when somebody asks.
 * @param before has been read within the same limits.
 * @returns `undefined` as `readReplaced`.
 */
export function readDifference(text: string, before: TextDocument, limits: XmlLimits): Changed | undefined {
  if (text === before.text) return { document: before }
  const start = commonBeginning(before.text, text)
  const end = commonEnd(before.text, text, start)
  const holders = [...before.outline.around(start, before.text.length - end)]
  const old = holders.pop()
  if (old === undefined) return undefined
  const fragment = text.slice(old.start, old.end + text.length - before.text.length)
  const read = readAlone(text, holders, fragment, limits)
  const was = read && readAlone(text, holders, before.text.slice(old.start, old.end), limits)
  if (read === undefined || was === undefined) return undefined
  const outline = before.outline.replaced(old, read.element, old.start - read.element.start)
  if (outline.elements > limits.elements || outline.declarations > limits.namespaceDeclarations) return undefined
  return { document: new TextDocument(text, limits, { outline }), replaced: { before, old: was.element, ...read } }
}

/** How many UTF-16 units are the same from the beginning on. */
function commonBeginning(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let same = 0
  while (same < most && one.charCodeAt(same) === other.charCodeAt(same)) same += 1
  return same
}

/** How many are the same up to the end, of those behind the common beginning. */
function commonEnd(one: string, other: string, beginning: number): number {
  const most = Math.min(one.length, other.length) - beginning
  let same = 0
  while (same < most && one.charCodeAt(one.length - 1 - same) === other.charCodeAt(other.length - 1 - same)) same += 1
  return same
}

function holdersOf({ parent }: XmlElement): readonly XmlElement[] {
  return parent === undefined ? [] : [...holdersOf(parent), parent]
}

/**
 * The only element of a fragment that is nothing else.
 * @param holders of its place in `text`, the root first.
 */
function readAlone(
  text: string,
  holders: readonly ElementExtent[],
  fragment: string,
  limits: XmlLimits,
): Pick<Replaced, 'element' | 'alone'> | undefined {
  if (holders.length === 0) return undefined
  const tags = holders.map(({ start, contentStart }) => text.slice(start, contentStart))
  const ends = tags.map((tag) => `</${NAME.exec(tag)?.[1]}>`).reverse()
  const alone = tags.join('') + fragment + ends.join('')
  try {
    let element = readDecoded(alone, limits).root
    for (const _ of holders) {
      const [only, second] = element.children
      if (only?.kind !== 'element' || second !== undefined) return undefined
      element = only
    }
    return { element, alone }
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** Of a start tag. XML 1.0 §2.3: white space is nothing else than this. */
const NAME = /^<([^ \t\r\n/>]+)/

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

  /** What was read alone, moved to its place. */
  #replacing(parent: XmlElement): XmlElement {
    const { start, line } = this.#fresh
    const move = { by: this.#old.start - start, lines: this.#old.line - line }
    return this.#movedElement(this.#fresh, parent, move)
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
