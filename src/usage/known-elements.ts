/**
 * RFC 4825 §8.2.5: an element of a namespace that the server advertises, and for which it has no schema, is refused. A
 * wildcard of the schema language alone would let it pass as if its namespace were unknown.
 */
import type { SchemaFault } from '../refusal.ts'
import { DEFAULT_XML_LIMITS } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import { pathOfElement } from '../xml/place.ts'
import { attributeOf, childElements, type XmlElement } from '../xml/tree.ts'

const FAULTS_AT_MOST = 20

/** The elements of each namespace that schemas declare to stand anywhere: those that are global. */
export type KnownElements = ReadonlyMap<string, ReadonlySet<string>>

export function knownElements(schemas: ReadonlyMap<string, Uint8Array>): KnownElements {
  const known = new Map<string, Set<string>>()
  for (const bytes of schemas.values()) {
    const { root } = readDocument(bytes, DEFAULT_XML_LIMITS)
    const namespace = attributeOf(root, 'targetNamespace') ?? ''
    const names = known.get(namespace) ?? new Set()
    for (const child of childElements(root)) if (child.local === 'element') names.add(attributeOf(child, 'name') ?? '')
    known.set(namespace, names)
  }
  return known
}

/**
 * Inside an element of its own namespace the schema has judged an element; where it comes from another one, only what
 * is global may stand.
 */
export function unknownElements(
  within: XmlElement,
  advertised: ReadonlySet<string>,
  known: KnownElements,
): readonly SchemaFault[] {
  const faults: SchemaFault[] = []
  const visit = (element: XmlElement): void => {
    const { namespace, local, line } = element
    const enters = element.parent?.namespace !== namespace && advertised.has(namespace)
    if (enters && known.get(namespace)?.has(local) !== true && faults.length < FAULTS_AT_MOST) {
      faults.push({ path: pathOfElement(element), line, message: `There is no such element in ${namespace}.` })
    }
    for (const child of element.children) if (child.kind === 'element') visit(child)
  }
  visit(within)
  return faults
}
