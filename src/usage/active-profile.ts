/** Constraints on which profile is active (X3, X4): each of them exists. */
import { documentKey } from '../home/home.ts'
import { AUID } from '../names.ts'
import { attributeOf } from '../xml/tree.ts'
import { ownChildren, refuseAt, type Constraints } from './constraints.ts'

export const activeProfileConstraints: Constraints = {
  checkAround({ root }, { home }) {
    const mustExist = (element: typeof root, attribute: string): void => {
      const profile = attributeOf(element, attribute) ?? ''
      if (!home.documents.has(documentKey(AUID.profiles, profile))) refuseAt(element, `there is no profile ${profile}`)
    }
    mustExist(root, 'default')
    for (const device of ownChildren(root, 'device')) mustExist(device, 'profile')
  },
}
