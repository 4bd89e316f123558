/**
 * What preferences may cost: every message of their user is judged by them, on every device. Each size has its limit,
 * and so has what they make together, so that nobody's messages take the time of others.
 */
import { AUID } from '../names.ts'
import { attributeOf, childElements, type XmlElement } from '../xml/tree.ts'
import { refuseAt, refuseConstraint, type Constraints } from './constraints.ts'

export interface PreferenceBounds {
  /** Of a profile, or of the provider's policy: rules, originators, media types and whatever else is looked at. */
  readonly elementsAtMost: number
  /** Different ones in one do-not-disturb: each is worked out on its own. */
  readonly timeZonesAtMost: number
}

export const DEFAULT_PREFERENCE_BOUNDS: PreferenceBounds = { elementsAtMost: 2_000, timeZonesAtMost: 16 }

/** The same constraints, and before them the bound of this format, where it has one. */
export function withinBounds(
  auid: string,
  constraints: Constraints | undefined,
  bounds: PreferenceBounds,
): Constraints | undefined {
  const bound = BOUND_OF.get(auid)
  if (bound === undefined || constraints === undefined) return constraints
  return {
    ...constraints,
    check(selector, document) {
      bound(document.root, bounds)
      constraints.check?.(selector, document)
    },
  }
}

const BOUND_OF: ReadonlyMap<string, (root: XmlElement, bounds: PreferenceBounds) => void> = new Map([
  [AUID.profiles, boundElements],
  [AUID.providerPolicy, boundElements],
  [AUID.doNotDisturb, boundTimeZones],
])

function boundElements(root: XmlElement, { elementsAtMost }: PreferenceBounds): void {
  const count = (element: XmlElement): number => childElements(element).reduce((sum, child) => sum + count(child), 1)
  const found = count(root)
  if (found > elementsAtMost)
    refuseConstraint(
      `Preferences have at most ${elementsAtMost} elements, and these have ${found}. Name many in a list.`,
    )
}

function boundTimeZones(root: XmlElement, { timeZonesAtMost }: PreferenceBounds): void {
  const zones = new Set<string>()
  for (const setting of [root, ...childElements(root)]) {
    for (const schedule of childElements(setting)) {
      const zone = attributeOf(schedule, 'time-zone')
      if (zone !== undefined) zones.add(zone.toLowerCase())
      if (zones.size > timeZonesAtMost) refuseAt(schedule, `there are ${timeZonesAtMost} other time zones already`)
    }
  }
}
