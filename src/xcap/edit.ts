/**
 * RFC 4825 §7, §8.2.3, §8.2.4, §8.4: edits of a document's text. Each is a splice, so every byte outside of the edited
 * node stays, whatever the document looks like.
 */
import type { Replacement } from '../xml/replace.ts'
import { childElements, extentOfAttribute, type XmlAttribute, type XmlElement } from '../xml/tree.ts'
import { matchesName, type NameTest } from './selector.ts'

/** The text afterwards, and where the new node stands in it. */
export interface Edit {
  readonly text: string
  readonly start: number
  readonly end: number
  /** Where one element took the place of another, and all else stayed. */
  readonly replacement?: Replacement
}

function splice(text: string, start: number, end: number, replacement: string): Edit {
  return { text: text.slice(0, start) + replacement + text.slice(end), start, end: start + replacement.length }
}

/** §8.2.4: a replacement is total: attributes, declarations and content. */
export function replaceElement(replacement: Replacement): Edit {
  const { document, element, fragment } = replacement
  return { replacement, ...splice(document.text, element.start, element.end, fragment) }
}

/**
 * §8.2.3: where a new element goes among the siblings that pass `test`. The schema has no say in it, and no white space
 * is added. Without siblings, or with fewer than the position asks for, it goes last; whether it then stands where it
 * should is the caller's to see.
 */
export function insertElement(
  text: string,
  parent: XmlElement,
  test: NameTest,
  position: number | undefined,
  fragment: string,
): Edit {
  const siblings = childElements(parent).filter((child) => matchesName(child, test))
  const first = siblings[0]
  if (position === 1 && first !== undefined) return splice(text, first.start, first.start, fragment)
  // "earliest last" and "earliest nth": directly behind that sibling, before the white space and comments that follow
  // it.
  const before = position === undefined ? siblings.at(-1) : siblings[position - 2]
  return before === undefined ? appendElement(text, parent, fragment) : splice(text, before.end, before.end, fragment)
}

/** As the last node of its parent, right before the end tag; an empty-element tag is opened for it. */
export function appendElement(text: string, parent: XmlElement, fragment: string): Edit {
  if (!parent.selfClosing) return splice(text, parent.contentEnd, parent.contentEnd, fragment)
  const slash = parent.end - '/>'.length
  const opened = splice(text, slash, parent.end, `>${fragment}</${parent.name}>`)
  return { text: opened.text, start: slash + 1, end: slash + 1 + fragment.length }
}

/** §8.4: white space round the element stays. */
export function removeElement(text: string, element: XmlElement): Edit {
  return splice(text, element.start, element.end, '')
}

/** @param quoted the value with its quotes. */
export function replaceAttribute(text: string, element: XmlElement, attribute: XmlAttribute, quoted: string): Edit {
  const { valueStart, end } = extentOfAttribute(element, attribute)
  return splice(text, valueStart, end, quoted)
}

/** As the last of the start tag. */
export function insertAttribute(text: string, element: XmlElement, name: string, quoted: string): Edit {
  const close = element.selfClosing ? element.end - '/>'.length : element.contentStart - '>'.length
  const written = ` ${name}=${quoted}`
  return splice(text, close, close, written)
}

/** With the white space before it, so that what is left reads as if it had never been there. */
export function removeAttribute(text: string, element: XmlElement, attribute: XmlAttribute): Edit {
  const { start: written, end } = extentOfAttribute(element, attribute)
  let start = written
  while (/[ \t\r\n]/.test(text[start - 1] ?? '')) start -= 1
  return splice(text, start, end, '')
}
