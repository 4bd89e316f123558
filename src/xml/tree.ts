/**
 * A document as the rooms above read it: elements and attributes with their expanded names, and where each stands in
 * the text.
 *
 * Offsets count UTF-16 units of `XmlDocument.text` (a byte order mark counts), start inclusive, end exclusive, so an
 * edit is `text.slice(0, start) + replacement + text.slice(end)` and every byte outside of it stays. Those of an
 * attribute are `extentOfAttribute`.
 */
export interface XmlDocument {
  readonly text: string
  readonly root: XmlElement
}

export interface XmlElement {
  readonly kind: 'element'
  /** As written: `p:rule`. */
  readonly name: string
  readonly prefix: string
  readonly local: string
  /** The namespace name; empty for none. */
  readonly namespace: string
  readonly attributes: readonly XmlAttribute[]
  /** `xmlns` and `xmlns:p` declared on this very element; the prefix is empty for the default namespace. */
  readonly declarations: readonly { readonly prefix: string; readonly namespace: string }[]
  readonly children: readonly XmlNode[]
  readonly parent: XmlElement | undefined
  /** From 1. */
  readonly line: number
  readonly start: number
  /** Behind the `>` of the start tag; of an empty-element tag, the same as `end`. */
  readonly contentStart: number
  /** At the `<` of the end tag; of an empty-element tag, the same as `end`. */
  readonly contentEnd: number
  readonly end: number
  /** `<a/>`: content can only be put inside by writing the tag anew. */
  readonly selfClosing: boolean
}

export interface XmlAttribute {
  readonly name: string
  readonly prefix: string
  readonly local: string
  readonly namespace: string
  /** Normalised, references resolved. */
  readonly value: string
  /** Its offsets count from the start of its element, with which it moves. */
  readonly start: number
  /** Of the quoted value, quotes included. */
  readonly valueStart: number
  readonly end: number
}

export type XmlNode =
  | XmlElement
  /** Character data, references resolved; CDATA sections too. */
  | { readonly kind: 'text'; readonly value: string; readonly start: number; readonly end: number }
  | { readonly kind: 'comment'; readonly value: string; readonly start: number; readonly end: number }
  | { readonly kind: 'processing-instruction'; readonly start: number; readonly end: number }

export function childElements(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((node) => node.kind === 'element')
}

/** The value of an attribute without a namespace. */
export function attributeOf(element: XmlElement, local: string): string | undefined {
  return element.attributes.find((attribute) => attribute.local === local && attribute.namespace === '')?.value
}

/** Where an attribute of this element stands in the text of the document. */
export function extentOfAttribute(
  { start: from }: XmlElement,
  { start, valueStart, end }: XmlAttribute,
): { readonly start: number; readonly valueStart: number; readonly end: number } {
  return { start: from + start, valueStart: from + valueStart, end: from + end }
}

/** The character data directly inside. */
export function textOf(element: XmlElement): string {
  return element.children.map((node) => (node.kind === 'text' ? node.value : '')).join('')
}

/**
 * Every prefix in scope with its namespace, the nearest declaration first; the default namespace under the empty
 * prefix.
 */
export function bindingsInScope(element: XmlElement): ReadonlyMap<string, string> {
  const bindings = new Map<string, string>()
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    for (const { prefix, namespace } of at.declarations) if (!bindings.has(prefix)) bindings.set(prefix, namespace)
  }
  return bindings
}

/** Names of the usages are few and short; whoever makes up others does not have them kept for long. */
const NAMES_AT_MOST = 4_096
const LETTERS_AT_MOST = 128
const names = new Map<string, string>()

/**
 * The same text, as one and the same string for all who ask: whether two names are equal is then seen at a look, and
 * a long list of elements holds each name once.
 */
export function oneName(name: string): string {
  if (name === '') return ''
  const known = names.get(name)
  if (known !== undefined) return known
  if (name.length > LETTERS_AT_MOST) return name
  if (names.size >= NAMES_AT_MOST) names.clear()
  // A piece of a text keeps the whole text in memory, so it is a copy that is kept.
  const own = Buffer.from(name).toString()
  names.set(own, own)
  return own
}
