/** Constraints on the provider's policy (C7). */
import { childElements } from '../xml/tree.ts'
import { atMostOnce, ownChildren, refuseAt, type Constraints } from './constraints.ts'
import { checkPreference } from './preferences.ts'
import { checkDurations } from './values.ts'

export const providerPolicyConstraints: Constraints = {
  check(_, { root }) {
    atMostOnce(root, 'connectivity')
    for (const child of ownChildren(root)) checkDurations(child, 'keep-at-most', 'at-most-every')
    for (const defaults of ownChildren(root, 'defaults')) {
      const seen = new Set<string>()
      for (const preference of childElements(defaults)) {
        if (seen.has(preference.local)) refuseAt(preference, `${preference.local} is there already`)
        seen.add(preference.local)
        checkPreference(preference)
      }
    }
  },
}
