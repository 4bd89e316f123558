/** RFC 4825 §6.3: walks a document along a node selector. Every step must give exactly one element. */
import { childElements, type XmlAttribute, type XmlDocument, type XmlElement } from '../xml/tree.ts'
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
    const found = take(element === undefined ? [document.root] : childElements(element), step)
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

/** The predicates from left to right: the position picks from those of the name, the attribute then tests that one. */
function take(candidates: readonly XmlElement[], step: Step): readonly XmlElement[] {
  const named = candidates.filter((candidate) => matchesName(candidate, step.test))
  const positioned = step.position === undefined ? named : named.slice(step.position - 1, step.position)
  const wanted = step.attribute
  if (wanted === undefined) return positioned
  return positioned.filter((candidate) => attributeNamed(candidate, wanted)?.value === wanted.value)
}

function attributeNamed(
  element: XmlElement,
  name: { readonly namespace: string; readonly local: string },
): XmlAttribute | undefined {
  return element.attributes.find(
    (attribute) => attribute.local === name.local && attribute.namespace === name.namespace,
  )
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
