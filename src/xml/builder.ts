/**
 * Makes the tree from the parser's events. The parser says where it stands; where a node began is found from there,
 * backwards in the text.
 */
import { Refused } from '../refusal.ts'
import type { XmlLimits } from './limits.ts'
import { oneName, type XmlAttribute, type XmlElement, type XmlNode } from './tree.ts'

/**
 * What the builder needs to know of the parser: `position` counts UTF-16 units read, `line` from 1, `column` from 0;
 * `columnIndex` counts the units of this line.
 */
export interface Cursor {
  readonly position: number
  readonly line: number
  readonly column: number
  readonly columnIndex: number
}

export interface Tag {
  readonly name: string
  readonly prefix: string
  readonly local: string
  readonly uri: string
  readonly attributes: Readonly<
    Record<string, { readonly prefix: string; readonly local: string; readonly uri: string; readonly value: string }>
  >
  readonly isSelfClosing: boolean
}

type Declaration = XmlElement['declarations'][number]
type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] }

/** Most elements have no declarations, many no attributes or nothing inside: they share this. */
const NONE: readonly never[] = []

export class TreeBuilder {
  readonly #text: string
  readonly #limits: XmlLimits
  readonly #cursor: Cursor
  #root: Growing | undefined
  #current: Growing | undefined
  /**
   * The nodes inside all open elements, those of the innermost last, and where those of each begin: an array that grows
   * for each element takes room for 17 nodes where most have one, and trees are kept.
   */
  readonly #nodes: XmlNode[] = []
  readonly #begins: number[] = []
  #elements = 0
  #declarations = 0
  /** Where the next node begins. */
  #next = 0
  /** The namespace of the last element, as the parser gave it, and as it is kept. */
  #given = ''
  #namespace = ''

  constructor(text: string, limits: XmlLimits, cursor: Cursor) {
    this.#text = text
    this.#limits = limits
    this.#cursor = cursor
  }

  root(): XmlElement {
    if (this.#root === undefined) throw new Error('the parser accepts no document without a root')
    return this.#root
  }

  /** The parser has just read the `>` of a start tag. A raw `<` cannot stand in a tag, so the last one begins it. */
  open(tag: Tag): void {
    const { position } = this.#cursor
    const start = this.#text.lastIndexOf('<', position - 1)
    this.#reach(start)
    this.#count(tag)
    const parent = this.#current
    const { prefix } = tag
    const name = oneName(tag.name)
    const { attributes, declarations } = this.#attributes(tag, start)
    const element: Growing = {
      kind: 'element',
      name,
      prefix: oneName(prefix),
      local: prefix === '' ? name : oneName(tag.local),
      namespace: this.#namespaceOf(tag.uri),
      attributes,
      declarations,
      children: NONE,
      parent,
      line: this.#lineOf(start, position),
      start,
      contentStart: position,
      contentEnd: position,
      end: position,
      selfClosing: tag.isSelfClosing,
    }
    if (parent === undefined) this.#root ??= element
    else this.#nodes.push(element)
    this.#current = element
    this.#begins.push(this.#nodes.length)
    this.#next = position
  }

  /** The parser has just read the `>` of an end tag, or of an empty-element tag that it has told of already. */
  close(): void {
    const { position } = this.#cursor
    const element = this.#current
    if (element === undefined) return
    if (!element.selfClosing) {
      element.end = position
      element.contentEnd = this.#text.lastIndexOf('<', position - 1)
      this.#reach(element.contentEnd)
    }
    const begin = this.#begins.pop() ?? 0
    if (begin < this.#nodes.length) element.children = this.#nodes.splice(begin)
    this.#current = element.parent as Growing | undefined
    this.#next = position
  }

  /**
   * The parser has just read the `<` behind the character data, and what comes before it since the last node is told
   * nowhere else.
   */
  characters(value: string): void {
    const end = this.#cursor.position - 1
    this.#reach(end)
    if (this.#next < end) this.#add({ kind: 'text', value, start: this.#next, end })
    this.#next = end
  }

  /**
   * Comments, processing instructions and CDATA sections up to `offset`: the parser has checked them, their ends are
   * found in the text.
   */
  #reach(offset: number): void {
    const text = this.#text
    while (this.#next < offset && text[this.#next] === '<') {
      const start = this.#next
      if (text.startsWith('<!--', start)) {
        const end = text.indexOf('-->', start + 4) + 3
        this.#add({ kind: 'comment', value: normalised(text.slice(start + 4, end - 3)), start, end })
      } else if (text.startsWith('<?', start)) {
        this.#add({ kind: 'processing-instruction', start, end: text.indexOf('?>', start + 2) + 2 })
      } else {
        const end = text.indexOf(']]>', start + 9) + 3
        this.#add({ kind: 'text', value: normalised(text.slice(start + 9, end - 3)), start, end })
      }
    }
  }

  #add(node: Exclude<XmlNode, XmlElement>): void {
    if (this.#current !== undefined) this.#nodes.push(node)
    this.#next = node.end
  }

  /** @param origin where a start tag begins that the parser has accepted. */
  #attributes(tag: Tag, origin: number): Pick<XmlElement, 'attributes' | 'declarations'> {
    const text = this.#text
    const attributes: XmlAttribute[] = []
    const declarations: Declaration[] = []
    let end = origin + 1 + tag.name.length
    for (const given in tag.attributes) {
      const { prefix, local, uri, value } = tag.attributes[given] as Tag['attributes'][string]
      const start = behindBlanks(text, end)
      if (!text.startsWith(given, start)) throw new Error('the parser and the text disagree about attributes')
      const valueStart = behindBlanks(text, text.indexOf('=', start + given.length) + 1)
      end = text.indexOf(text.charAt(valueStart), valueStart + 1) + 1
      this.#checkAttribute(given, prefix, local, value)
      if (prefix === 'xmlns' || given === 'xmlns') {
        declarations.push(this.#declaration(prefix === '' ? '' : local, value))
        continue
      }
      const name = oneName(given)
      attributes.push({
        name,
        prefix: oneName(prefix),
        local: prefix === '' ? name : oneName(local),
        namespace: oneName(uri),
        value,
        start: start - origin,
        valueStart: valueStart - origin,
        end: end - origin,
      })
    }
    if (attributes.length + declarations.length > this.#limits.attributesOfElement) {
      this.#tooMany(`An element has at most ${this.#limits.attributesOfElement} attributes`)
    }
    // A copy takes no more room than it needs.
    return {
      attributes: attributes.length === 0 ? NONE : attributes.slice(),
      declarations: declarations.length === 0 ? NONE : declarations.slice(),
    }
  }

  #namespaceOf(given: string): string {
    if (given !== this.#given) {
      this.#given = given
      this.#namespace = oneName(given)
    }
    return this.#namespace
  }

  /** Of a tag that ends where the parser stands. */
  #lineOf(start: number, end: number): number {
    const { line, columnIndex } = this.#cursor
    return end - columnIndex <= start ? line : line - lineEnds(this.#text, start, end)
  }

  #declaration(prefix: string, namespace: string): Declaration {
    this.#declarations += 1
    const most = this.#limits.namespaceDeclarations
    if (this.#declarations > most) this.#tooMany(`A document has at most ${most} namespace declarations`)
    // Namespaces in XML §2.2 asks for a URI, and nobody has to check it. The parser trims the name and the validator
    // does not, so that both would read other names from one document.
    if (namespace !== namespace.trim()) this.#malformed('a namespace name with white space round it')
    return { prefix, namespace }
  }

  #count(tag: Tag): void {
    this.#elements += 1
    if (this.#elements > this.#limits.elements)
      this.#tooMany(`A document has at most ${this.#limits.elements} elements`)
    if (this.#begins.length >= this.#limits.depth)
      this.#tooMany(`Elements are nested at most ${this.#limits.depth} deep`)
    this.#checkName(tag.name, tag.prefix, tag.local)
  }

  #checkAttribute(name: string, prefix: string, local: string, value: string): void {
    this.#checkName(name, prefix, local)
    const most = this.#limits.attributeValueLength
    if (value.length > most) this.#tooMany(`The value of an attribute has at most ${most} characters`)
  }

  #checkName(name: string, prefix: string, local: string): void {
    if (name.length > this.#limits.nameLength) this.#tooMany(`A name has at most ${this.#limits.nameLength} characters`)
    // Namespaces in XML §4: what follows the colon begins like a name of its own, which the parser does not look at.
    if (prefix !== '' && /^[-.0-9\u00B7\u0300-\u036F\u203F-\u2040]/.test(local))
      this.#malformed(`malformed name: ${name}`)
  }

  #malformed(reason: string): never {
    throw new Refused({
      kind: 'not-well-formed',
      phrase: `Line ${this.#cursor.line}, column ${this.#cursor.column}: ${reason}.`,
    })
  }

  #tooMany(limit: string): never {
    throw new Refused({ kind: 'constraint-failure', phrase: `${limit} (line ${this.#cursor.line}).` })
  }
}

/** Where something else stands. XML 1.0 §2.3, `S`. */
function behindBlanks(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at += 1
  }
}

/** XML 1.0 §2.11. */
function normalised(raw: string): string {
  return raw.includes('\r') ? raw.replace(/\r\n?/g, '\n') : raw
}

function lineEnds(text: string, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) count += 1
  }
  return count
}
