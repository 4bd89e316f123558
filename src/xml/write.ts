/** Documents that the server makes. One that somebody else wrote is edited in its own text, never written anew. */
import { createRequire } from 'node:module'
import { escapeAttribute, escapeText } from './escape.ts'

/** An element to be written. Names may have a prefix; a namespace is declared where it first stands. */
export interface Written {
  readonly name: string
  /** Missing: the parent's; of the root: none. */
  readonly namespace?: string
  /** By name, without a namespace, but for `xml:lang`. What is `undefined` is left out. */
  readonly attributes?: Readonly<Record<string, string | undefined>>
  readonly children?: readonly (Written | string)[]
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'

type Library = typeof import('xmlbuilder2')
type Builder = ReturnType<Library['create']>

const require = createRequire(import.meta.url)

/** UTF-8, with an XML declaration. @throws Refused `not-well-formed` for text with characters that XML cannot carry. */
export function writeDocument(root: Written): Uint8Array {
  // It brings a DOM of its own; a server reads long before it writes, so it is read with the first document.
  const { create } = require('xmlbuilder2') as Library
  const document = create({ version: '1.0', encoding: 'UTF-8' })
  add(document, root, undefined)
  return new TextEncoder().encode(document.doc().end({ wellFormed: true }))
}

/**
 * Values go in as markup already: the builder leaves what looks like a reference alone (so `&lt;` in a text would
 * become `<`), and keeps line ends and tabs in attributes as they are (so they would be blanks at the next reading).
 */
function add(parent: Builder, written: Written, inherited: string | undefined): void {
  const namespace = written.namespace ?? inherited
  const element = namespace === undefined ? parent.ele(written.name) : parent.ele(namespace, written.name)
  for (const [name, value] of Object.entries(written.attributes ?? {})) {
    if (value === undefined) continue
    if (name.startsWith('xml:')) element.att(XML_NAMESPACE, name, escapeAttribute(value))
    else element.att(name, escapeAttribute(value))
  }
  for (const child of written.children ?? []) {
    if (typeof child === 'string') element.txt(escapeText(child))
    else add(element, child, namespace)
  }
}
