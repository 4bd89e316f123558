/**
 * RFC 4825 §6.3, §7: elements, attributes and namespace bindings inside of a document, for GET, PUT and DELETE alike.
 */
import { LRUCache } from 'lru-cache'
import type { DocumentSelector } from '../names.ts'
import { Refused } from '../refusal.ts'
import { escapeAttribute } from '../xml/escape.ts'
import { bindingsInScope, childElements, extentOfAttribute, type XmlDocument, type XmlElement } from '../xml/tree.ts'
import { readBindings } from './bindings.ts'
import type { ApplicationUsage } from './application-usage.ts'
import type { Address } from './request.ts'
import type { Selected } from './select.ts'
import { readSelector, type NodeSelector } from './selector.ts'

export const ELEMENT_TYPE = 'application/xcap-el+xml'
export const ATTRIBUTE_TYPE = 'application/xcap-att+xml'
const NAMESPACES_TYPE = 'application/xcap-ns+xml'

/**
 * Characters of the selectors that are kept, those asked for last: some 2,000 of usual length, which take about a MB.
 * A PUT asks before its body is read and behind that, and a client for the same nodes again and again.
 */
const CHARACTERS_KEPT = 200_000
const kept = new LRUCache<string, NodeSelector>({
  maxSize: CHARACTERS_KEPT,
  sizeCalculation: (_, { length }) => length,
})

/**
 * What stands behind `~~`; `undefined` for the whole document.
 * @throws Refused `bad-request` (§8: an unbound prefix)
 */
export function nodeSelectorOf(address: Address): NodeSelector | undefined {
  const { node, query = '', usage } = address
  if (node === undefined) return undefined
  // No namespace has a line break, and no selector a plain question mark.
  const text = `${usage.defaultNamespace ?? ''}\n${node}?${query}`
  const known = kept.get(text)
  if (known !== undefined) return known
  const selector = readSelector(node, readBindings(query), usage.defaultNamespace)
  kept.set(text, selector)
  return selector
}

/** §8.2, §8.4: `namespace::*` takes neither PUT nor DELETE. */
export function refuseNamespaces(node: NodeSelector | undefined): void {
  if (node?.terminal.kind !== 'namespaces') return
  throw new Refused({ kind: 'method-not-allowed', detail: 'Namespace bindings can only be read.', allow: ['GET'] })
}

/**
 * §8.2: what the server makes by itself takes neither PUT nor DELETE; a usage has documents only in the trees that it
 * declares.
 */
export function refuseUnwritable(usage: ApplicationUsage, selector: DocumentSelector): void {
  if (usage.computed?.has(selector) === true) {
    throw new Refused({
      kind: 'method-not-allowed',
      detail: 'The server makes this document by itself.',
      allow: ['GET', 'HEAD', 'OPTIONS'],
    })
  }
  const tree = selector.owner === 'global' ? 'global' : 'users'
  if (!usage.trees.includes(tree)) {
    throw new Refused({ kind: 'not-found', detail: `${usage.auid} has no documents in the tree "${tree}".` })
  }
}

/** What GET gives: a document, or a node of one. */
export interface Representation {
  readonly contentType: string
  readonly body: Uint8Array
}

/**
 * §8.3: what a GET of a node gives; `undefined` where the selector selects nothing.
 * @param quotes whether an attribute's value is given in its quotes, as the RFC prints it.
 */
export function nodeBody(document: XmlDocument, selected: Selected, quotes: boolean): Representation | undefined {
  switch (selected.kind) {
    case 'nothing':
      return undefined
    case 'element':
      return body(ELEMENT_TYPE, document.text.slice(selected.element.start, selected.element.end))
    case 'attribute': {
      const quoted = quotedValue(document, selected)
      return body(ATTRIBUTE_TYPE, quotes ? quoted : quoted.slice(1, -1))
    }
    case 'namespaces':
      return body(NAMESPACES_TYPE, namespacesOf(selected.element))
  }
}

/** As it is written, with its quotes. */
export function quotedValue(
  { text }: XmlDocument,
  { element, attribute }: Extract<Selected, { readonly kind: 'attribute' }>,
): string {
  const { valueStart, end } = extentOfAttribute(element, attribute)
  return text.slice(valueStart, end)
}

function body(contentType: string, text: string): Representation {
  return { contentType, body: Buffer.from(text) }
}

/** §8.3, §10: "an empty element with the same prefix and local name", carrying every binding that is in scope. */
function namespacesOf(element: XmlElement): string {
  const declarations = [...bindingsInScope(element)]
    .filter(([, namespace]) => namespace !== '')
    .map(([prefix, namespace]) => ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`)
  return `<${element.name}${declarations.join('')}/>`
}

/** The element that stands exactly there, if one does. */
export function elementBetween(document: XmlDocument, start: number, end: number): XmlElement | undefined {
  let element: XmlElement | undefined = document.root
  while (element !== undefined && (element.start !== start || element.end !== end)) {
    element = childElements(element).find((child) => child.start <= start && end <= child.end)
  }
  return element
}

/** §11.1, no-parent: the closest ancestor that exists, for a client that wants to make what is missing. */
export function noParent(
  address: Address,
  node: NodeSelector,
  document: XmlDocument | undefined,
  reached: number,
): Refused {
  const directory = directoryOf(address)
  if (document === undefined) {
    return new Refused({ kind: 'no-parent', phrase: 'There is no such document to insert into', ancestor: directory })
  }
  const steps = node.steps.slice(0, reached).map(({ text }) => encodeSegment(text))
  const path = `${directory}${address.selector.name.split('/').map(encodeSegment).join('/')}`
  const query = address.query === undefined || steps.length === 0 ? '' : `?${address.query}`
  const missing = node.steps[reached]?.text ?? ''
  return new Refused({
    kind: 'no-parent',
    phrase: `The selector does not lead to one element to insert into: "${missing}" selects none, or several`,
    ancestor: steps.length === 0 ? path : `${path}/~~/${steps.join('/')}${query}`,
  })
}

/** The home directory of a usage's documents (§6.2), with a slash at its end. It is always there. */
export function directoryOf(address: Address): string {
  const { auid, owner } = address.selector
  return [address.root, auid, ...(owner === 'global' ? ['global'] : ['users', encodeSegment(owner)]), ''].join('/')
}

/** RFC 3986 §3.3: a colon, an at sign and a plus sign stand for themselves in a path, and XUIs are full of them. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(/%3A/g, ':').replace(/%40/g, '@').replace(/%2B/g, '+')
}
