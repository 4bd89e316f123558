/** RFC 4825 §6.3: walks a document along a node selector. Every step must give exactly one element. */
import type { XmlAttribute, XmlDocument, XmlElement, XmlNode } from '../xml/tree.ts'
import { matchesName, type NodeSelector, type Step } from './selector.ts'

export type Selected =
  | { readonly kind: 'element'; readonly element: XmlElement }
  | { readonly kind: 'attribute'; readonly element: XmlElement; readonly attribute: XmlAttribute }
  | { readonly kind: 'namespaces'; readonly element: XmlElement }
  /**
   * No match, or several (§6.3: "no-match" and "invalid"). `reached` is how many steps gave exactly one element,
   * `parent` the last of these.
   */
  | {
      readonly kind: 'nothing'
      readonly matches: 'none' | 'several'
      readonly reached: number
      readonly parent: XmlElement | undefined
    }

export function select(document: XmlDocument, selector: NodeSelector): Selected {
  let element: XmlElement | undefined
  for (const [index, step] of selector.steps.entries()) {
    const found = take(element === undefined ? [document.root] : element.children, step)
    const [only, second] = found
    if (only === undefined || second !== undefined) {
      return { kind: 'nothing', matches: only === undefined ? 'none' : 'several', reached: index, parent: element }
    }
    element = only
  }
  if (element === undefined) throw new RangeError('a node selector has at least one step')
  const { terminal } = selector
  if (terminal.kind === 'element') return { kind: 'element', element }
  if (terminal.kind === 'namespaces') return { kind: 'namespaces', element }
  // A namespace declaration is no attribute, so the tree does not list it among them (§6.3).
  const attribute = attributeNamed(element, terminal)
  if (attribute === undefined)
    return { kind: 'nothing', matches: 'none', reached: selector.steps.length, parent: element }
  return { kind: 'attribute', element, attribute }
}

/**
 * The predicates from left to right: the position picks from those of the name, the attribute then tests that one.
 * In one pass, and no further than the second: a long list is walked for every edit of an entry.
 */
function take(candidates: readonly XmlNode[], { test, position, attribute }: Step): readonly XmlElement[] {
  const found: XmlElement[] = []
  let named = 0
  for (const candidate of candidates) {
    if (candidate.kind !== 'element' || !matchesName(candidate, test)) continue
    named += 1
    if (position !== undefined && named !== position) continue
    if (hasAttribute(candidate, attribute)) found.push(candidate)
    if (found.length > 1 || named === position) break
  }
  return found
}

/**
 * Whether a step takes an element that stands in the place of one that it took, among the same siblings: these say
 * nothing else of it then, and its position is the same.
 */
export function takesInstead(step: Step, element: XmlElement): boolean {
  return matchesName(element, step.test) && hasAttribute(element, step.attribute)
}

function hasAttribute(element: XmlElement, wanted: Step['attribute']): boolean {
  return wanted === undefined || attributeNamed(element, wanted)?.value === wanted.value
}

function attributeNamed(
  { attributes }: XmlElement,
  { namespace, local }: { readonly namespace: string; readonly local: string },
): XmlAttribute | undefined {
  for (const attribute of attributes)
    if (attribute.local === local && attribute.namespace === namespace) return attribute
  return undefined
}
