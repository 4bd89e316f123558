/** Why something waits, and what would let it go: told from the state of now, kept nowhere. */
import type { Instant } from '../../clock.ts'
import type { HeldMessage } from '../state/queue.ts'
import { targetsPresent, isAwaitingAck, reachOf } from './attempts.ts'
import type { Evaluation } from './evaluation.ts'
import type { Release, WaitingReason } from '../participating.ts'
import { waitsForUser } from './notices.ts'
import { nextOfEntry } from './plan.ts'
import { permissionOf } from './on-release.ts'

export interface MessageStatus {
  readonly state: 'deferred' | 'delivering'
  readonly reason?: WaitingReason
  readonly releasedBy?: readonly Release[]
  readonly next: Instant
}

export function statusOf(entry: HeldMessage, evaluation: Evaluation): MessageStatus {
  const next = nextOfEntry(entry, evaluation)
  if (entry.leaving !== undefined || entry.offers.some((offer) => isAwaitingAck(offer, evaluation)))
    return { state: 'delivering', next }
  const { reason, releasedBy } = waitingFor(entry, evaluation)
  const dndActive = reason === 'do-not-disturb' ? evaluation.snapshot.devices.filter((device) => device.dndActive) : []
  const ends = dndActive.flatMap(({ dndUntil }) => dndUntil ?? [])
  // With the end of a registration it may be somebody else's, or nobody's.
  const lapses =
    reason === 'not-reached' || reason === 'not-acknowledged'
      ? evaluation.snapshot.devices.map(({ registration }) => registration.expires)
      : []
  const byTime: readonly Release[] = ends.length > 0 ? ['time'] : []
  return { state: 'deferred', reason, releasedBy: [...releasedBy, ...byTime], next: Math.min(next, ...ends, ...lapses) }
}

interface WaitingFor {
  readonly reason: WaitingReason
  /** Leaving aside what time does. */
  readonly releasedBy: readonly Release[]
}

function waitingFor(entry: HeldMessage, evaluation: Evaluation): WaitingFor {
  const reason = reasonOf(entry, evaluation)
  if (reason === 'do-not-disturb' || !waitsForUser(entry) || entry.addressees.length > 0)
    return { reason, releasedBy: RELEASED_BY[reason] }
  // D7: it was announced, or will be, and goes when its user asks for it.
  return { reason, releasedBy: ['user-action', ...RELEASED_BY[reason]] }
}

const RELEASED_BY: Readonly<Record<WaitingReason, readonly Release[]>> = {
  'do-not-disturb': ['do-not-disturb-off'],
  preference: ['preference-change', 'registration'],
  'no-applicable-device': ['registration', 'preference-change'],
  'not-reached': ['inbox'],
  'not-acknowledged': ['inbox'],
}

function reasonOf(entry: HeldMessage, evaluation: Evaluation): WaitingReason {
  const { snapshot } = evaluation
  if (entry.addressees.length > 0) {
    const reaches = targetsPresent(entry, snapshot).map((device) => reachOf(evaluation, device, entry))
    if (!reaches.includes('yes') && reaches.length > 0)
      return reaches.includes('held-by-dnd') ? 'do-not-disturb' : 'no-applicable-device'
    return unreached(entry)
  }
  const situation = evaluation.situation(entry.facts)
  const permission = permissionOf(situation, entry.turn)
  if (permission.kind === 'waits') return permission.reason
  return waitsForUser(entry) ? 'preference' : unreached(entry)
}

function unreached(entry: HeldMessage): WaitingReason {
  return entry.offers.length > 0 ? 'not-acknowledged' : 'not-reached'
}
