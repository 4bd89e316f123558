/** An element or an attribute that is watched, in one text of its document. */
import { quotedValue } from '../xcap/node.ts'
import { select } from '../xcap/select.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { WatchedNode } from './targets.ts'
import { canonicalDocument, createKeys, standalone, type CanonicalElement } from './xcap-diff/canonical.ts'

export interface FoundNode {
  /** As written: an element, or the value of an attribute without its quotes. */
  readonly source: string
  /** The same for RFC 5874, where an element declares its namespaces itself. */
  readonly content: string
}

/** `undefined` where the selector selects nothing, or more than one node: it is pending then (RFC 5875 §4.2). */
export function nodeIn(document: XmlDocument | undefined, { selector }: WatchedNode): FoundNode | undefined {
  if (document === undefined) return undefined
  const found = select(document, selector)
  if (found.kind === 'attribute') {
    const source = quotedValue(document, found).slice(1, -1)
    return { source, content: source }
  }
  if (found.kind !== 'element') return undefined
  const { element } = found
  const canonical = inTree(canonicalDocument(document, createKeys()).root, element.start)
  const source = document.text.slice(element.start, element.end)
  return { source, content: canonical === undefined ? source : standalone(document.text, canonical) }
}

function inTree(tree: CanonicalElement, start: number): CanonicalElement | undefined {
  if (tree.element.start === start) return tree
  for (const child of tree.children) {
    if (child.kind !== 'element' || child.element.start > start || child.element.end <= start) continue
    return inTree(child, start)
  }
  return undefined
}
