/** Documents that the server makes. One that somebody else wrote is edited in its own text, never written anew. */
import { createRequire } from 'node:module'
import type { InSteps } from '../rounds.ts'
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

/** What the library reads when it is read itself, the parts before those that want them. */
const PARTS = ['@oozcitak/util', '@oozcitak/infra', '@oozcitak/url', '@oozcitak/dom', 'js-yaml']
/** A part is work for a round of the event loop of its own. */
const STEPS_OF_PART = 128

/** Reads the library one part at a time: whole, it takes as long as a hundred requests. */
export function* prepareWriting(): InSteps<void> {
  const requireAsLibrary = createRequire(require.resolve('xmlbuilder2'))
  for (const part of PARTS) {
    yield STEPS_OF_PART
    // What another version of the library does not have is read with the whole.
    try {
      requireAsLibrary(part)
    } catch {}
  }
  yield STEPS_OF_PART
  writeDocument({ name: 'prepared' })
}

/** UTF-8, with an XML declaration. @throws Refused `not-well-formed` for text with characters that XML cannot carry. */
export function writeDocument(root: Written): Uint8Array {
  // It brings a DOM of its own, and a server reads long before it writes: nothing waits for it at the start.
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
