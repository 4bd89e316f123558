/**
 * What has to happen in a home now, decided from its state alone: who wakes it, how often and why, makes no difference. Pure, so it is
 * decided again on the new state when somebody else committed first; and every read of do-not-disturb is of the revision committed on.
 */
import type { Instant } from '../../clock.ts'
import type { Addressee, Entry, HeldMessage, Queue } from '../state/queue.ts'
import { onExpiry } from './on-expiry.ts'
import { deferringProfile, isDeferredWhole, missingNow } from './not-built.ts'
import {
  addresseesPresent,
  isAwaited,
  isOut,
  offersFor,
  reachOf,
  withOffers,
  type MadeOffer,
  type Present,
} from './attempts.ts'
import { permissionOf } from './on-release.ts'
import { situationOf, type PresentDevice } from './applicability.ts'

export interface Reconsidered {
  readonly queue: Queue
  /** In the order in which they go out. */
  readonly offers: readonly MadeOffer[]
  /** Ended, because they expired. */
  readonly expired: readonly Entry[]
  /** What now waits for something that is not built, and did not before. */
  readonly stuck: readonly HeldMessage[]
  /** How many were released. */
  readonly released: number
  /** The next instant at which time alone decides here. */
  readonly next: Instant | undefined
}

type Step =
  | { readonly kind: 'stays'; readonly entry: Entry }
  | { readonly kind: 'released'; readonly entry: Entry }
  | { readonly kind: 'expired'; readonly entry: Entry }

/** An entry that waits past its expiry for something not built: nothing but a change of preferences moves it, yet it is never out of sight. */
const STUCK_LOOK_MS = 3_600_000

export function reconsider(queue: Queue, present: Present): Reconsidered {
  const steps = queue.waiting.map((entry) => step(entry, present))
  const staying = steps.flatMap(({ kind, entry }) => (kind === 'expired' ? [] : [entry]))
  const copies = queue.copies.flatMap((entry) => copyStill(entry, present))
  const offers = offersFor([...copies, ...staying], present)
  const after: Queue = {
    ...queue,
    waiting: unchanged(
      queue.waiting,
      staying.map((entry) => withOffers(entry, offers, present)),
    ),
    copies: unchanged(
      queue.copies,
      copies.map((entry) => withOffers(entry, offers, present)),
    ),
  }
  return {
    queue: after,
    offers,
    expired: steps.flatMap(({ kind, entry }) => (kind === 'expired' ? [entry] : [])),
    stuck: newlyStuck(queue.waiting, staying),
    released: steps.filter(({ kind }) => kind === 'released').length,
    next: nextOf(after, present),
  }
}

function newlyStuck(before: readonly Entry[], staying: readonly Entry[]): readonly HeldMessage[] {
  const stuck = staying.filter((entry) => entry.kind === 'message' && entry.missing !== undefined) as HeldMessage[]
  const known = (entry: HeldMessage): boolean =>
    before.some((old) => old.id === entry.id && old.kind === 'message' && old.missing === entry.missing)
  return stuck.filter((entry) => !known(entry))
}

function step(held: Entry, present: Present): Step {
  const entry = freed(held, present)
  const { now } = present.look
  if (entry.expires <= now) {
    // While an offer is out, expiry waits for it; after a jump of the clock, until that is confirmed (I20).
    if (entry.offers.some((offer) => isOut(offer, present)) || now < present.expiryFrom) return { kind: 'stays', entry }
    return entry.kind === 'report' ? { kind: 'expired', entry } : expire(entry, present)
  }
  return entry.addressees.length > 0 ? { kind: 'stays', entry } : release(entry, present)
}

/**
 * If no addressee can have it any more (their registrations ended, or none is applicable now) and no acknowledgement is to be expected, it
 * is free to go to others: never stuck. One that is only to be left alone stays an addressee (P7).
 */
function freed(entry: Entry, present: Present): Entry {
  if (entry.addressees.length === 0) return entry
  if (addresseesPresent(entry, present.look).some((device) => reachOf(present.look, device, entry) !== 'no'))
    return entry
  return entry.offers.some((offer) => isAwaited(offer, present)) ? entry : { ...entry, addressees: [] }
}

/** D14, D9: the addressees are fixed with the commit of this release, and only where an offer can go out with it. */
function release(entry: Entry, present: Present): Step {
  const { to, entry: judged } = permitted(entry, present)
  if (!to.some(({ registration }) => present.open.has(registration.device))) return { kind: 'stays', entry: judged }
  return { kind: 'released', entry: released(judged, to) }
}

export function released<E extends Entry>(entry: E, to: readonly PresentDevice[]): E {
  const addressees: readonly Addressee[] = to.map(({ registration: { device, began } }) => ({ device, began }))
  return { ...entry, addressees, generation: entry.generation + 1 }
}

function permitted(entry: Entry, { look }: Present): { readonly to: readonly PresentDevice[]; readonly entry: Entry } {
  if (entry.kind === 'report')
    return { to: look.devices.filter((device) => reachOf(look, device, entry) === 'yes'), entry }
  const situation = situationOf(look, entry.facts)
  const permission = permissionOf(situation, entry.turn)
  const missing = missingNow(permission, situation, entry)
  const judged = withMissing(isDeferredWhole(permission, situation, entry) ? deferredWhole(entry) : entry, missing)
  return { to: missing === undefined && permission.kind === 'may-go' ? permission.to : [], entry: judged }
}

function deferredWhole({ toDeliver: _, ...entry }: HeldMessage): HeldMessage {
  return entry
}

function withMissing(entry: HeldMessage, missing: string | undefined): HeldMessage {
  if (entry.missing === missing) return entry
  const { missing: _, ...rest } = entry
  return missing === undefined ? rest : { ...rest, missing }
}

/** D3: by the preferences of this moment. What meets something not built waits on. */
function expire(held: HeldMessage, present: Present): Step {
  const { look } = present
  const situation = situationOf(look, held.facts)
  const inForce = deferringProfile(situation)
  const unreleased = held.addressees.length === 0
  const missing = unreleased ? missingNow(permissionOf(situation, held.turn), situation, held) : undefined
  if (missing !== undefined) return { kind: 'stays', entry: withMissing(held, missing) }
  let entry = withMissing(held, undefined)
  while (entry.expires <= look.now) {
    const expiry = onExpiry(inForce, look.preferences.policy, entry)
    if (expiry.kind === 'discard') return { kind: 'expired', entry }
    if (expiry.kind === 'store') return { kind: 'stays', entry: withMissing(entry, 'store') }
    entry = { ...entry, expires: expiry.until, extensions: entry.extensions + 1 }
  }
  return entry.addressees.length > 0 ? { kind: 'stays', entry } : release(entry, present)
}

/** What another addressee still has to get: until he has it, his registration ends, or it expires. */
function copyStill(entry: Entry, { look, expiryFrom }: Present): readonly Entry[] {
  if (entry.expires <= look.now && look.now >= expiryFrom) return []
  const there = addresseesPresent(entry, look)
  if (there.length === 0) return []
  if (there.length === entry.addressees.length) return [entry]
  return [{ ...entry, addressees: there.map(({ registration: { device, began } }) => ({ device, began })) }]
}

/**
 * Never later than the earliest expiry: nothing that waits is forgotten, whatever becomes of wake-ups. The boundaries of do-not-disturb
 * are added where the watchers are told of them (`settle.ts`). All of it is read from the home: were it to depend on what is open here, two
 * servers would go on correcting each other.
 */
function nextOf(queue: Queue, present: Present): Instant | undefined {
  const { look } = present
  const held = [...queue.waiting, ...queue.copies]
  const instants = held.map((entry) => nextOfEntry(entry, present))
  for (const { registration } of look.devices) {
    if (held.length > 0 || registration.inbox !== undefined) instants.push(registration.expires)
  }
  return instants.length === 0 ? undefined : Math.min(...instants)
}

/** Without the ends of do-not-disturb and of registrations, which are of all entries. Always later than now. */
export function nextOfEntry(entry: Entry, present: Present): Instant {
  const {
    look: { now },
    settings,
    expiryFrom,
  } = present
  const offersEnd = entry.offers.filter((offer) => isOut(offer, present)).map(({ at }) => at + settings.offerFor)
  if (entry.expires > now) return Math.min(entry.expires, ...offersEnd)
  if (offersEnd.length > 0) return Math.max(...offersEnd)
  return expiryFrom > now
    ? expiryFrom
    : entry.expires + Math.ceil((now + 1 - entry.expires) / STUCK_LOOK_MS) * STUCK_LOOK_MS
}

/** The old list where nothing in it is another. */
function unchanged(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  return before.length === after.length && before.every((entry, at) => entry === after[at]) ? before : after
}
