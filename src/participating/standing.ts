/** Why something waits, and what would let it go: told from the state of now, kept nowhere. */
import type { Instant } from '../clock.ts'
import type { HeldMessage } from './home-parts.ts'
import { missingNow } from './not-built.ts'
import { addresseesPresent, isOut, reachOf, type Present } from './offers.ts'
import type { Release, WaitingReason } from './participating.ts'
import { nextOfEntry } from './reconsider.ts'
import { permissionOf } from './release.ts'
import { situationOf } from './situation.ts'

export interface Standing {
  readonly state: 'deferred' | 'delivering'
  readonly reason?: WaitingReason
  readonly releasedBy?: readonly Release[]
  readonly next: Instant
}

export function standingOf(entry: HeldMessage, present: Present): Standing {
  const next = nextOfEntry(entry, present)
  if (entry.offers.some((offer) => isOut(offer, present))) return { state: 'delivering', next }
  const reason = reasonOf(entry, present)
  const disturbed = reason === 'do-not-disturb' ? present.look.devices.filter((device) => device.disturbed) : []
  const ends = disturbed.flatMap(({ disturbedUntil }) => disturbedUntil ?? [])
  // With the end of a registration it may be somebody else's, or nobody's.
  const lapses = reason === 'not-reached' || reason === 'not-acknowledged' ? present.look.devices.map(({ registration }) => registration.expires) : []
  return { state: 'deferred', reason, releasedBy: releasedBy(reason, ends.length > 0), next: Math.min(next, ...ends, ...lapses) }
}

function reasonOf(entry: HeldMessage, present: Present): WaitingReason {
  const { look } = present
  if (entry.missing !== undefined && entry.expires <= look.now) return 'not-built'
  if (entry.addressees.length > 0) {
    const reaches = addresseesPresent(entry, look).map((device) => reachOf(look, device, entry))
    if (!reaches.includes('yes') && reaches.length > 0) return reaches.includes('disturbed') ? 'do-not-disturb' : 'no-applicable-device'
    return unreached(entry)
  }
  const situation = situationOf(look, entry.facts)
  const permission = permissionOf(situation, entry.turn)
  if (missingNow(permission, situation, entry.facts) !== undefined) return 'not-built'
  return permission.kind === 'waits' ? permission.reason : unreached(entry)
}

function unreached(entry: HeldMessage): WaitingReason {
  return entry.offers.length > 0 ? 'not-acknowledged' : 'not-reached'
}

function releasedBy(reason: WaitingReason, endsByTime: boolean): readonly Release[] {
  switch (reason) {
    case 'do-not-disturb':
      return endsByTime ? ['do-not-disturb-off', 'time'] : ['do-not-disturb-off']
    case 'preference':
      return ['preference-change', 'registration']
    case 'no-applicable-device':
      return ['registration', 'preference-change']
    case 'not-reached':
    case 'not-acknowledged':
      return ['inbox']
    case 'not-built':
      return ['preference-change']
  }
}
