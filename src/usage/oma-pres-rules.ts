/** Constraints on presence rules that OMA adds to RFC 5025 (OMA Presence XDM, "Validation constraints"). */
import { attributeOf, childElements, textOf, type XmlElement } from '../xml/tree.ts'
import type { Owner } from '../names.ts'
import { ownChildren, refuseAt, type Constraints } from './constraints.ts'
import { faultOfListUri } from './reference.ts'

const PRES_RULES = 'urn:ietf:params:xml:ns:pres-rules'
const OMA = 'urn:oma:xml:xdm:common-policy'
/** Who asks is said in one way. */
const WHO_ASKS: ReadonlySet<string> = new Set(['identity', 'external-list', 'anonymous-request', 'other-identity'])

export const omaPresRulesConstraints: Constraints = {
  check({ owner }, { root }) {
    for (const rule of ownChildren(root, 'rule')) {
      for (const conditions of ownChildren(rule, 'conditions')) checkConditions(conditions, owner)
      checkTransformations(rule)
    }
  },
}

function checkConditions(conditions: XmlElement, owner: Owner): void {
  const known = childElements(conditions).filter(
    ({ namespace }) => namespace === OMA || namespace === conditions.namespace,
  )
  const [, second] = known.filter(({ local }) => WHO_ASKS.has(local))
  if (second !== undefined) refuseAt(second, 'complex rules are not allowed: who asks is said in one way')
  for (const list of childElements(conditions).filter(
    ({ namespace, local }) => namespace === OMA && local === 'external-list',
  )) {
    for (const entry of ownChildren(list, 'entry')) {
      const fault = faultOfListUri(attributeOf(entry, 'anc') ?? '', owner)
      if (fault !== undefined) refuseAt(entry, `anc ${fault}`)
    }
  }
}

/** Whom a rule does not let see anything, it has nothing to show. */
function checkTransformations(rule: XmlElement): void {
  const [transformations] = ownChildren(rule, 'transformations')
  const actions = ownChildren(rule, 'actions').flatMap(childElements)
  const handling = actions.find(({ namespace, local }) => namespace === PRES_RULES && local === 'sub-handling')
  if (transformations === undefined || handling === undefined || textOf(handling).trim() === 'allow') return
  refuseAt(transformations, 'transformations go only with sub-handling allow')
}
