/** Constraints on what a profile and the defaults of the provider's policy have in common. */
import { attributeOf, type XmlElement } from '../xml/tree.ts'
import { atMostOnce, checkOriginator, onlyWith, ownChildren, refuseAt } from './constraints.ts'
import { checkDurations } from './values.ts'

/**
 * @param preference a child of a profile or of `defaults`, in the profile's namespace.
 * @throws Refused `constraint-failure`
 */
export function checkPreference(preference: XmlElement): void {
  switch (preference.local) {
    case 'messages':
      return checkMessages(preference)
    case 'deferred':
      return checkDeferred(preference)
    case 'devices':
      return atMostOnce(preference)
  }
}

function checkMessages(messages: XmlElement): void {
  atMostOnce(messages, 'rule')
  for (const child of ownChildren(messages)) {
    const forwards = attributeOf(child, 'action') === 'forward'
    onlyWith(child, 'to', forwards, 'action="forward"')
    if (child.local !== 'rule') continue
    atMostOnce(child, 'originator', 'content-type', 'message-type')
    for (const originator of ownChildren(child, 'originator')) checkOriginator(originator)
  }
}

function checkDeferred(deferred: XmlElement): void {
  const extend = attributeOf(deferred, 'on-expiry') === 'extend'
  for (const name of ['extend-by', 'extensions', 'then']) onlyWith(deferred, name, extend, 'on-expiry="extend"')
  if (attributeOf(deferred, 'extensions') === '0')
    refuseAt(deferred, 'extensions is at least 1; without any, say on-expiry="discard" or "store"')
  checkDurations(deferred, 'keep-for', 'extend-by')
}
