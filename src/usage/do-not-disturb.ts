/** Constraints on do-not-disturb (X16). */
import { attributeOf, type XmlElement } from '../xml/tree.ts'
import { atMostOnce, checkOriginator, ownChildren, refuseAt, type Constraints } from './constraints.ts'
import { checkInstant, isTimeZone } from './values.ts'

export const doNotDisturbConstraints: Constraints = {
  check(_, { root }) {
    atMostOnce(root, 'device')
    checkSetting(root)
    for (const device of ownChildren(root, 'device')) checkSetting(device)
    for (const except of ownChildren(root, 'except')) ownChildren(except, 'originator').forEach(checkOriginator)
  },
}

/** Of the user or of one device. */
function checkSetting(setting: XmlElement): void {
  checkInstant(setting, 'until')
  const untilAlone = attributeOf(setting, 'until') !== undefined && attributeOf(setting, 'on') === undefined
  if (untilAlone) refuseAt(setting, 'until says how long on holds, so it needs on')
  for (const schedule of ownChildren(setting, 'schedule')) {
    const zone = attributeOf(schedule, 'time-zone') ?? ''
    if (!isTimeZone(zone)) refuseAt(schedule, `${zone} is not a time zone of the IANA database`)
  }
}
