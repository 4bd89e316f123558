/**
 * RFC 4825 §8.2.5, the last step: what neither a schema nor uniqueness can say. Each of our formats has its file; this
 * is what they share.
 */
import { Refused } from '../refusal.ts'
import type { DocumentSelector } from '../names.ts'
import type { Surroundings } from '../xcap/application-usage.ts'
import { pathOfElement } from '../xml/place.ts'
import { attributeOf, childElements, type XmlDocument, type XmlElement } from '../xml/tree.ts'

export interface Constraints {
  /** Of a document by itself, at its place. @throws Refused `constraint-failure`. It has passed its schema. */
  check?(selector: DocumentSelector, document: XmlDocument): void
  /**
   * Local names of all elements that `check` can find fault with, each for what it is itself and where it is. Missing:
   * it may be anything.
   */
  readonly faultsAt?: ReadonlySet<string>
  /** Of a document beside the others of its home, as they are now. @throws Refused `constraint-failure` */
  checkAround?(document: XmlDocument, surroundings: Surroundings): Promise<void> | void
  /** @throws Refused `constraint-failure` */
  checkRemoval?(selector: DocumentSelector, surroundings: Surroundings): Promise<void> | void
}

export function refuseConstraint(phrase: string): never {
  throw new Refused({ kind: 'constraint-failure', phrase })
}

/** Names the element by its path and line. */
export function refuseAt(element: XmlElement, reason: string): never {
  return refuseConstraint(`${pathOfElement(element)} (line ${element.line}): ${reason}.`)
}

/** Children of the element's own namespace; foreign content is nobody's business here. */
export function ownChildren(element: XmlElement, local?: string): readonly XmlElement[] {
  return childElements(element).filter(
    (child) => child.namespace === element.namespace && (local === undefined || child.local === local),
  )
}

/**
 * Where children come in any order, XSD 1.0 cannot say that each comes at most once. `repeated` may come more often.
 */
export function atMostOnce(element: XmlElement, ...repeated: readonly string[]): void {
  const seen = new Set<string>()
  for (const child of ownChildren(element)) {
    if (repeated.includes(child.local)) continue
    if (seen.has(child.local)) refuseAt(child, `${child.local} is there already`)
    seen.add(child.local)
  }
}

/** An originator is named in exactly one way. */
export function checkOriginator(originator: XmlElement): void {
  const given = ['uri', 'domain', 'list'].filter((name) => attributeOf(originator, name) !== undefined)
  if (given.length !== 1)
    refuseAt(originator, `one of uri, domain and list, not ${given.length === 0 ? 'none' : given.join(' and ')}`)
}

/** The attribute is needed where `condition` holds, and stands nowhere else. */
export function onlyWith(element: XmlElement, attribute: string, holds: boolean, condition: string): void {
  const given = attributeOf(element, attribute) !== undefined
  if (holds && !given) refuseAt(element, `${attribute} is needed with ${condition}`)
  if (given && !holds) refuseAt(element, `${attribute} goes only with ${condition}`)
}
