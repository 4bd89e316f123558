/** What becomes of one entry now, decided from its home's state alone. Pure. */
import type { Work } from '../state/outgoing.ts'
import { entryWith, type Target, type Entry, type HeldMessage } from '../state/queue.ts'
import type { RegisteredDevice } from './applicability.ts'
import { isAwaitingAck, isBeingRetrieved, isInFlight, reachOf, targetsPresent } from './attempts.ts'
import { decidingProfile, deferred } from './deferral.ts'
import type { Evaluation } from './evaluation.ts'
import { waitsForUser } from './notices.ts'
import { onExpiry } from './on-expiry.ts'
import { permissionOf } from './on-release.ts'
import { handOverTask, isToExpire, leaving, storeTask } from './on-its-way.ts'

export type EntryStep =
  | { readonly kind: 'stays'; readonly entry: Entry }
  | { readonly kind: 'released'; readonly entry: Entry }
  | { readonly kind: 'expired' | 'dropped'; readonly entry: Entry }
  | { readonly kind: 'leaves'; readonly entry: Entry; readonly work: Work }

export function step(held: Entry, outgoing: readonly Work[], evaluation: Evaluation): EntryStep {
  if (isBeingRetrieved(held, evaluation)) return { kind: 'stays', entry: held }
  if (held.kind === 'message' && held.leaving !== undefined) return stepOnItsWay(held, outgoing, evaluation)
  const entry = withoutUnreachableTargets(held, evaluation)
  const { now } = evaluation.snapshot
  if (entry.expires <= now) {
    // While an offer is out, expiry waits for it; after a jump of the clock, until that is confirmed (INV-20).
    if (entry.offers.some((offer) => isInFlight(offer, evaluation)) || now < evaluation.expiryFrom)
      return { kind: 'stays', entry }
    return entry.kind === 'report' ? { kind: 'expired', entry } : expire(entry, evaluation)
  }
  return entry.addressees.length > 0 ? { kind: 'stays', entry } : release(entry, evaluation)
}

function stepOnItsWay(held: HeldMessage, outgoing: readonly Work[], evaluation: Evaluation): EntryStep {
  const { now } = evaluation.snapshot
  const expires = held.expires <= now && now >= evaluation.expiryFrom && isToExpire(held, outgoing, now)
  if (!expires) return { kind: 'stays', entry: held }
  const { leaving: _, ...entry } = held
  return expire(entry, evaluation)
}

/**
 * If no addressee can have it any more (their registrations ended, or none is applicable now) and no acknowledgement is
 * to be expected, it is free to go to others: never stuck. One that is only to be left alone stays an addressee (P7).
 */
function withoutUnreachableTargets(entry: Entry, evaluation: Evaluation): Entry {
  if (entry.addressees.length === 0) return entry
  if (targetsPresent(entry, evaluation.snapshot).some((device) => reachOf(evaluation, device, entry) !== 'no'))
    return entry
  return entry.offers.some((offer) => isAwaitingAck(offer, evaluation)) ? entry : { ...entry, addressees: [] }
}

/** D14, D9: the addressees are fixed with the commit of this release, and only where an offer can go out with it. */
function release(entry: Entry, evaluation: Evaluation): EntryStep {
  const permission = permitted(entry, evaluation)
  if (permission === undefined) return { kind: 'dropped', entry }
  const { to, entry: judged } = permission
  if (isToHandOver(judged)) {
    const inForce = decidingProfile(evaluation.situation(judged.facts))
    return { kind: 'leaves', ...leaving(judged, handOverTask(judged, inForce, evaluation), evaluation.snapshot.now) }
  }
  if (!to.some(({ registration }) => evaluation.open.has(registration.device))) return { kind: 'stays', entry: judged }
  return { kind: 'released', entry: released(judged, to) }
}

/** D12: once it is deferred, and nobody has been offered it. */
function isToHandOver(entry: Entry): entry is HeldMessage {
  if (entry.kind !== 'message' || entry.toDeliver === true) return false
  return entry.mode?.is === 'hand-over'
}

export function released<E extends Entry>(entry: E, to: readonly RegisteredDevice[]): E {
  const addressees: readonly Target[] = to.map(({ registration: { device, began } }) => ({ device, began }))
  return { ...entry, addressees, generation: entry.generation + 1 }
}

/** `undefined`: deferred only now, nothing of it is kept. */
function permitted(
  entry: Entry,
  evaluation: Evaluation,
): { readonly to: readonly RegisteredDevice[]; readonly entry: Entry } | undefined {
  const { snapshot } = evaluation
  if (entry.kind === 'report')
    return { to: snapshot.devices.filter((device) => reachOf(evaluation, device, entry) === 'yes'), entry }
  const situation = evaluation.situation(entry.facts)
  const permission = permissionOf(situation, entry.turn)
  const isDeferredNow = entry.toDeliver === true && permission.kind === 'waits'
  const held = isDeferredNow ? deferred(entry, situation) : entry
  if (held === undefined) return undefined
  const judged = withMode(held, evaluation)
  return { to: permission.kind === 'may-go' && !waitsForUser(judged) ? permission.to : [], entry: judged }
}

/**
 * U2: once deferred, how it goes on changes by a written change of preferences, never because a registration lapsed.
 */
export function withMode(entry: HeldMessage, evaluation: Evaluation): HeldMessage {
  const { written } = evaluation
  if (entry.toDeliver === true || entry.mode?.written === written) return entry
  const is = decidingProfile(evaluation.situation(entry.facts)).profile.deferred.mode
  return entryWith(entry, { mode: { is, written } })
}

/** D3, A §5.2.2.2 NOTE 2: by the preferences of this moment, whatever else they ask for. */
function expire(held: HeldMessage, evaluation: Evaluation): EntryStep {
  const { snapshot } = evaluation
  const situation = evaluation.situation(held.facts)
  const inForce = decidingProfile(situation)
  let entry = held
  while (entry.expires <= snapshot.now) {
    const expiry = onExpiry(inForce, snapshot.preferences.policy, entry)
    if (expiry.kind === 'discard') return { kind: 'expired', entry }
    if (expiry.kind === 'store')
      return { kind: 'leaves', ...leaving(entry, storeTask('expired', entry, evaluation), snapshot.now) }
    entry = { ...entry, expires: expiry.until, extensions: entry.extensions + 1 }
  }
  return entry.addressees.length > 0 ? { kind: 'stays', entry } : release(entry, evaluation)
}
