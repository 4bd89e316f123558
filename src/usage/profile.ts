/** Constraints on a profile (X1), and on its removal: a profile in use stays (formats, "active-profile"). */
import { AUID, INDEX, type DocumentSelector } from '../names.ts'
import type { Surroundings } from '../xcap/application-usage.ts'
import { attributeOf, type XmlDocument } from '../xml/tree.ts'
import { atMostOnce, ownChildren, refuseAt, refuseConstraint, type Constraints } from './constraints.ts'
import { checkPreference } from './preferences.ts'

/** Also the grammar of the document's name. */
const PROFILE_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/

export const profileConstraints: Constraints = {
  check({ name }, { root }) {
    if (!PROFILE_ID.test(name))
      refuseConstraint('A profile is named with 1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot.')
    const id = attributeOf(root, 'id')
    if (id !== name) refuseConstraint(`The document ${name} holds the profile of that id, not "${id ?? ''}".`)
    atMostOnce(root, 'display-name')
    checkNames(root)
    for (const preference of ownChildren(root)) checkPreference(preference)
  },

  async checkRemoval({ name }: DocumentSelector, surroundings: Surroundings) {
    const active = await surroundings.document(AUID.activeProfile, INDEX)
    const user = active && userOf(name, active)
    if (user !== undefined) refuseConstraint(`The profile ${name} is in use: it is ${user}.`)
  },
}

/** One name for each language; without `xml:lang` is a language too, which a rule on attributes does not see. */
function checkNames(root: XmlDocument['root']): void {
  const [, second] = ownChildren(root, 'display-name').filter(
    (name) => !name.attributes.some(({ name }) => name === 'xml:lang'),
  )
  if (second !== undefined) refuseAt(second, 'there is a display-name without a language already')
}

function userOf(profile: string, { root }: XmlDocument): string | undefined {
  if (attributeOf(root, 'default') === profile) return 'the default profile'
  const device = ownChildren(root, 'device').find((element) => attributeOf(element, 'profile') === profile)
  return device && `the active profile of the device ${attributeOf(device, 'id') ?? ''}`
}
