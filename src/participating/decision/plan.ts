/**
 * What has to happen in a home now, decided from its state alone: who wakes it, how often and why, makes no difference.
 * Pure, so it is decided again on the new state when somebody else committed first; and every read of do-not-disturb is
 * of the revision committed on.
 */
import type { Instant } from '../../clock.ts'
import { leadsTo, type Work } from '../state/outgoing.ts'
import type { Target, Entry, HeldMessage, Queue } from '../state/queue.ts'
import type { InSteps } from '../../queue.ts'
import { CLAIMED_FOR_MS } from './claims.ts'
import { onExpiry } from './on-expiry.ts'
import { decidingProfile, deferred } from './deferral.ts'
import { noticesFor, waitsForUser, type NewNotice } from './notices.ts'
import { afterStoring, handOverTask, isToExpire, leaving, storeTask } from './on-its-way.ts'
import {
  targetsPresent,
  isAwaitingAck,
  isBeingRetrieved,
  isInFlight,
  attemptsFor,
  reachOf,
  withAttempts,
  type NewAttempt,
} from './attempts.ts'
import type { Evaluation } from './evaluation.ts'
import { announceOutOfBand } from './out-of-band.ts'
import { permissionOf } from './on-release.ts'
import type { RegisteredDevice } from './applicability.ts'

export interface Reconsidered {
  readonly queue: Queue
  /** In the order in which they go out. */
  readonly offers: readonly NewAttempt[]
  /** What devices are told of (D5), behind the offers. */
  readonly notices: readonly NewNotice[]
  /** Ended, because they expired. */
  readonly expired: readonly Entry[]
  /** Deferred only now, and nothing of them is kept (X9). */
  readonly dropped: readonly Entry[]
  /** How many were released. */
  readonly released: number
  /** The next instant at which time alone decides here. */
  readonly next: Instant | undefined
}

type Step =
  | { readonly kind: 'stays'; readonly entry: Entry }
  | { readonly kind: 'released'; readonly entry: Entry }
  | { readonly kind: 'expired' | 'dropped'; readonly entry: Entry }
  | { readonly kind: 'leaves'; readonly entry: Entry; readonly work: Work }

/**
 * An entry past its expiry that is on its way: its work wakes the home, and this is the net under that, so it is never
 * out of sight.
 */
const OVERDUE_LOOK_MS = 3_600_000

/**
 * A long queue is decided in several rounds of the event loop, on one state all the same: were that another by then,
 * the commit would say so.
 */
export function* reconsider(queue: Queue, evaluation: Evaluation): InSteps<Reconsidered> {
  const steps: Step[] = []
  for (const entry of queue.waiting) {
    yield evaluation.snapshot.devices.length
    steps.push(step(entry, queue.outgoing, evaluation))
  }
  const staying = steps.flatMap(({ kind, entry }) => (kind === 'expired' || kind === 'dropped' ? [] : [entry]))
  const copies = queue.copies.flatMap((entry) => copyStill(entry, evaluation))
  const offers = yield* attemptsFor([...copies, ...staying], evaluation)
  const { notices, waiting } = yield* noticesFor(staying, evaluation)
  const carried = stillCarried(queue.outgoing, staying, evaluation.snapshot.now)
  const leaves = steps.flatMap((one) => (one.kind === 'leaves' ? [one.work] : []))
  const after: Queue = {
    ...queue,
    outgoing: leaves.length === 0 ? carried : [...carried, ...leaves],
    waiting: unchanged(
      queue.waiting,
      waiting.map((entry, at) => (waiting[at] === staying[at] ? withAttempts(entry, offers, evaluation) : entry)),
    ),
    copies: unchanged(
      queue.copies,
      copies.map((entry) => withAttempts(entry, offers, evaluation)),
    ),
  }
  const announced = announceOutOfBand(after, evaluation)
  return {
    queue: announced.queue,
    offers,
    notices,
    expired: steps.flatMap(({ kind, entry }) => (kind === 'expired' ? [entry] : [])),
    dropped: steps.flatMap(({ kind, entry }) => (kind === 'dropped' ? [entry] : [])),
    released: steps.filter(({ kind }) => kind === 'released').length,
    next: earliestOf(nextOf(announced.queue, evaluation), announced.next),
  }
}

function earliestOf(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

function step(held: Entry, outgoing: readonly Work[], evaluation: Evaluation): Step {
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

function stepOnItsWay(held: HeldMessage, outgoing: readonly Work[], evaluation: Evaluation): Step {
  const { now } = evaluation.snapshot
  const expires = held.expires <= now && now >= evaluation.expiryFrom && isToExpire(held, outgoing, now)
  if (!expires) return { kind: 'stays', entry: held }
  const { leaving: _, ...entry } = held
  return expire(entry, evaluation)
}

/**
 * Work that carried a message which has taken another way meanwhile is called off. Whoever was asked for it may have
 * done it, or do it as late as its claim lasts: what lies in the store has its expiry, and is told, all the same.
 */
function stillCarried(outgoing: readonly Work[], waiting: readonly Entry[], now: Instant): readonly Work[] {
  const carrying = new Set(waiting.flatMap((entry) => (entry.kind === 'message' ? (entry.leaving ?? []) : [])))
  const isCarried = ({ id, task }: Work): boolean => leadsTo(task) === undefined || carrying.has(id)
  if (outgoing.every(isCarried)) return outgoing
  const kept = outgoing.filter(isCarried)
  for (const work of outgoing)
    if (!isCarried(work) && work.attempt > 0) kept.push(...afterStoring(work, kept, now + CLAIMED_FOR_MS))
  return kept
}

/**
 * If no addressee can have it any more (their registrations ended, or none is applicable now) and no acknowledgement is
 * to be expected, it is free to go to others: never stuck. One that is only to be left alone stays an addressee (P7).
 */
function withoutUnreachableTargets(entry: Entry, evaluation: Evaluation): Entry {
  if (entry.addressees.length === 0) return entry
  if (targetsPresent(entry, evaluation.snapshot).some((device) => reachOf(evaluation.snapshot, device, entry) !== 'no'))
    return entry
  return entry.offers.some((offer) => isAwaitingAck(offer, evaluation)) ? entry : { ...entry, addressees: [] }
}

/** D14, D9: the addressees are fixed with the commit of this release, and only where an offer can go out with it. */
function release(entry: Entry, evaluation: Evaluation): Step {
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
    return { to: snapshot.devices.filter((device) => reachOf(snapshot, device, entry) === 'yes'), entry }
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
  return { ...entry, mode: { is: decidingProfile(evaluation.situation(entry.facts)).profile.deferred.mode, written } }
}

/** D3, A §5.2.2.2 NOTE 2: by the preferences of this moment, whatever else they ask for. */
function expire(held: HeldMessage, evaluation: Evaluation): Step {
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

/** What another addressee still has to get: until he has it, his registration ends, or it expires. */
function copyStill(entry: Entry, { snapshot, expiryFrom }: Evaluation): readonly Entry[] {
  if (entry.expires <= snapshot.now && snapshot.now >= expiryFrom) return []
  const there = targetsPresent(entry, snapshot)
  if (there.length === 0) return []
  if (there.length === entry.addressees.length) return [entry]
  return [{ ...entry, addressees: there.map(({ registration: { device, began } }) => ({ device, began })) }]
}

/**
 * Never later than the earliest expiry: nothing that waits is forgotten, whatever becomes of wake-ups. The boundaries
 * of do-not-disturb are added where the watchers are told of them (`draft.ts`). All of it is read from the home: were
 * it to depend on what is open here, two servers would go on correcting each other.
 */
function nextOf(queue: Queue, evaluation: Evaluation): Instant | undefined {
  const { snapshot } = evaluation
  const held = [...queue.waiting, ...queue.copies]
  const instants = held.map((entry) => nextOfEntry(entry, evaluation))
  for (const { registration } of snapshot.devices) {
    if (held.length > 0 || registration.inbox !== undefined) instants.push(registration.expires)
  }
  return instants.length === 0 ? undefined : Math.min(...instants)
}

/** Without the ends of do-not-disturb and of registrations, which are of all entries. Always later than now. */
export function nextOfEntry(entry: Entry, evaluation: Evaluation): Instant {
  const {
    snapshot: { now },
    settings,
    expiryFrom,
  } = evaluation
  const offersEnd = entry.offers
    .filter((offer) => isInFlight(offer, evaluation))
    .map(({ at }) => at + settings.offerFor)
  if (entry.expires > now) return Math.min(entry.expires, ...offersEnd)
  if (offersEnd.length > 0) return Math.max(...offersEnd)
  return expiryFrom > now
    ? expiryFrom
    : entry.expires + Math.ceil((now + 1 - entry.expires) / OVERDUE_LOOK_MS) * OVERDUE_LOOK_MS
}

/** The old list where nothing in it is another. */
function unchanged(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  return before.length === after.length && before.every((entry, at) => entry === after[at]) ? before : after
}
