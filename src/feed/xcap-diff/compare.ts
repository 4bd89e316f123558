/**
 * What makes a new text of a document out of the old one, as operations of RFC 5261.
 *
 * An operation is applied to what the ones before it left. PatchedChildren are gone through from the last to the first,
 * so whatever a selector counts stands to the left of all that was changed, and is as it was in the old text.
 */
import type { XmlDocument } from '../../xml/tree.ts'
import { align } from './align.ts'
import {
  canonicalDocument,
  createKeys,
  standalone,
  type CanonicalElement,
  type CanonicalLeaf,
  type CanonicalNode,
} from './canonical.ts'
import { changeAttributes } from './attributes.ts'
import { PatchedChildren } from './children.ts'
import { OperationList, type Operation } from './operations.ts'

export type Comparison =
  /** Canonical XML sees no difference. */
  | { readonly kind: 'same' }
  | { readonly kind: 'patched'; readonly operations: readonly Operation[] }
  /** Patches would not reproduce it, or would be longer than it is. */
  | { readonly kind: 'other' }

/** Characters by which patches may be longer than the element that they are in: they say what was changed. */
const WORTH_PARTS = 256

export function compareDocuments(before: XmlDocument, after: XmlDocument): Comparison {
  const keyOf = createKeys()
  const old = canonicalDocument(before, keyOf)
  const now = canonicalDocument(after, keyOf)
  // A selector begins at the root, so what stands beside it is in no patch.
  if (old.outside !== now.outside) return { kind: 'other' }
  if (old.root.key === now.root.key) return { kind: 'same' }
  const list = new OperationList(after.text.length)
  changeElement(old.root, now.root, '/*', after.text, list)
  return list.full ? { kind: 'other' } : { kind: 'patched', operations: list.operations }
}

function changeElement(
  old: CanonicalElement,
  now: CanonicalElement,
  path: string,
  text: string,
  list: OperationList,
): void {
  if (old.key === now.key) return
  const whole = standalone(text, now)
  const inParts = old.head === now.head
  const mark = list.mark()
  if (inParts) {
    changeAttributes(old, now, path, list)
    changeChildren(old, now, path, text, list)
  }
  // A declaration that changes changes what the names inside mean, so the element is replaced; and so it is where that
  // is much shorter.
  if (!inParts || list.lengthSince(mark) > whole.length + WORTH_PARTS) {
    list.backTo(mark)
    list.push({ kind: 'replace', sel: path, content: whole })
  }
}

interface Slotted {
  readonly nodes: readonly (CanonicalElement | CanonicalLeaf)[]
  /** `texts[i]` stands before `nodes[i]`, the last behind them all. */
  readonly texts: readonly (CanonicalLeaf | undefined)[]
  /** The place of `nodes[i]` among all children. */
  readonly places: readonly number[]
}

function slotted(children: readonly CanonicalNode[]): Slotted {
  const nodes: CanonicalNode[] = []
  const texts: (CanonicalLeaf | undefined)[] = [undefined]
  const places: number[] = []
  for (const [place, child] of children.entries()) {
    if (child.kind === 'text') texts[nodes.length] = child
    else {
      nodes.push(child)
      places.push(place)
      texts.push(undefined)
    }
  }
  return { nodes, texts, places }
}

function changeChildren(
  old: CanonicalElement,
  now: CanonicalElement,
  path: string,
  text: string,
  list: OperationList,
): void {
  const before = slotted(old.children)
  const after = slotted(now.children)
  const children = new PatchedChildren(old.children, path, text, list)
  let end = [before.nodes.length, after.nodes.length] as const
  for (const pair of [[-1, -1] as const, ...align(before.nodes, after.nodes)].reverse()) {
    if (list.full) return
    const [i, j] = pair
    const from = (before.places[i] ?? -1) + 1
    children.fill(from, before.places[end[0]] ?? old.children.length, {
      nodes: after.nodes.slice(j + 1, end[1]),
      texts: after.texts.slice(j + 1, end[1] + 1),
    })
    const was = before.nodes[i]
    const is = after.nodes[j]
    if (was !== undefined && is !== undefined && was.key !== is.key) {
      const place = children.selectorOf(from - 1)
      if (was.kind === 'element' && is.kind === 'element') changeElement(was, is, place, text, list)
      else if (is.kind !== 'element') list.push({ kind: 'replace', sel: place, content: is.source })
    }
    end = pair
  }
}
