/**
 * What has to happen in a home now, decided from its state alone: who wakes it, how often and why, makes no difference.
 * Pure, so it is decided again on the new state when somebody else committed first; and every read of do-not-disturb is
 * of the revision committed on.
 */
import type { Instant } from '../../clock.ts'
import { leadsTo, type Work } from '../state/outgoing.ts'
import type { Entry, Queue } from '../state/queue.ts'
import type { InSteps } from '../../rounds.ts'
import { CLAIMED_FOR_MS } from './claims.ts'
import { noticesFor, type NewNotice } from './notices.ts'
import { afterStoring } from './on-its-way.ts'
import { attemptsFor, endOf, isInFlight, targetsPresent, withAttempts, type NewAttempt } from './attempts.ts'
import type { Evaluation } from './evaluation.ts'
import { announceOutOfBand, type Announcing } from './out-of-band.ts'
import { step, type EntryStep } from './step.ts'

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

/**
 * An entry past its expiry that is on its way: its work wakes the home, and this is the net under that, so it is never
 * out of sight.
 */
const OVERDUE_LOOK_MS = 3_600_000

/** So many at the front of what waits were decided on before, and nothing is another for them until then. */
export interface Decided {
  readonly count: number
  readonly until: Instant
}

const NOTHING_DECIDED: Decided = { count: 0, until: Infinity }

/**
 * Only what may have changed is looked at. A long queue is decided in several rounds of the event loop, on one state
 * all the same: were that another by then, the commit would say so.
 */
export function* reconsider(queue: Queue, evaluation: Evaluation, decided = NOTHING_DECIDED): InSteps<Reconsidered> {
  const front = queue.waiting.slice(0, decided.count)
  const back = queue.waiting.slice(decided.count)
  const untils = back.map(evaluation.unchangedUntil)
  const looked = back.filter((_, at) => untils[at] === undefined)
  const steps: EntryStep[] = []
  for (const entry of looked) {
    yield evaluation.snapshot.devices.length
    steps.push(step(entry, queue.outgoing, evaluation))
  }
  const staying = steps.filter(({ kind }) => kind !== 'expired' && kind !== 'dropped').map(({ entry }) => entry)
  const passedOver = back.filter((_, at) => untils[at] !== undefined)
  const copies = queue.copies.flatMap((entry) => copyStill(entry, evaluation))
  const offers = yield* attemptsFor([...copies, ...front, ...passedOver, ...staying], evaluation)
  const { notices, noticed } = yield* noticesFor(staying, evaluation)
  const offered = new Set(offers.map(({ entry }) => entry))
  const out = (entry: Entry): Entry => (offered.has(entry) ? withAttempts(entry, offers, evaluation) : entry)
  const lookedAfter = new Map(
    steps.map(({ kind, entry }, at) => {
      const isGone = kind === 'expired' || kind === 'dropped'
      return [looked[at], isGone ? undefined : (noticed.get(entry) ?? out(entry))] as const
    }),
  )
  const waiting = front.concat(
    back.flatMap((entry, at) => (untils[at] === undefined ? (lookedAfter.get(entry) ?? []) : [out(entry)])),
  )
  const carried = stillCarried(queue.outgoing, waiting, evaluation.snapshot.now)
  const leaves = steps.flatMap((one) => (one.kind === 'leaves' ? [one.work] : []))
  const after: Queue = {
    ...queue,
    outgoing: leaves.length === 0 ? carried : [...carried, ...leaves],
    waiting: unchanged(queue.waiting, waiting),
    copies: unchanged(queue.copies, copies.map(out)),
  }
  const announced = announceOutOfBand(after, evaluation, decided.count)
  keepWhatStayed(looked, announced, evaluation, decided.count)
  return {
    queue: announced.queue,
    offers,
    notices,
    expired: steps.flatMap(({ kind, entry }) => (kind === 'expired' ? [entry] : [])),
    dropped: steps.flatMap(({ kind, entry }) => (kind === 'dropped' ? [entry] : [])),
    released: steps.filter(({ kind }) => kind === 'released').length,
    next: earliestOf(nextOf(announced.queue, evaluation, decided), announced.next),
  }
}

/**
 * What stayed as it was stays so while what was found out holds, up to its own next instant; what is released competes
 * for the windows of its devices all the same. What waits for the next summary is looked at until then.
 */
function keepWhatStayed(
  looked: readonly Entry[],
  { queue, early }: Announcing,
  evaluation: Evaluation,
  decided: number,
): void {
  const fresh = new Set(looked)
  for (const entry of queue.waiting.slice(decided)) {
    if (!fresh.has(entry) || early.has(entry) || entry.expires <= evaluation.snapshot.now) continue
    evaluation.keepUntil(entry, nextOfEntry(entry, evaluation))
  }
}

function earliestOf(one: Instant | undefined, other: Instant | undefined): Instant | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

/**
 * Work that carried a message which has taken another way meanwhile is called off. Whoever was asked for it may have
 * done it, or do it as late as its claim lasts: what lies in the store has its expiry, and is told, all the same.
 */
function stillCarried(outgoing: readonly Work[], waiting: readonly Entry[], now: Instant): readonly Work[] {
  if (outgoing.every(({ task }) => leadsTo(task) === undefined)) return outgoing
  const carrying = new Set(waiting.flatMap((entry) => (entry.kind === 'message' ? (entry.leaving ?? []) : [])))
  const isCarried = ({ id, task }: Work): boolean => leadsTo(task) === undefined || carrying.has(id)
  if (outgoing.every(isCarried)) return outgoing
  const kept = outgoing.filter(isCarried)
  for (const work of outgoing)
    if (!isCarried(work) && work.attempt > 0) kept.push(...afterStoring(work, kept, now + CLAIMED_FOR_MS))
  return kept
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
 * of do-not-disturb are added where watchers are told of them (`transaction/draft.ts`). All is read from the home: were
 * it to depend on what is open here, two servers would go on correcting each other.
 */
function nextOf(queue: Queue, evaluation: Evaluation, { count, until }: Decided): Instant | undefined {
  const { snapshot } = evaluation
  const held = [...queue.waiting.slice(count), ...queue.copies]
  let next = until
  for (const entry of held) next = Math.min(next, evaluation.unchangedUntil(entry) ?? nextOfEntry(entry, evaluation))
  for (const { registration } of snapshot.devices) {
    if (held.length > 0 || count > 0 || registration.inbox !== undefined) next = Math.min(next, registration.expires)
  }
  return next === Infinity ? undefined : next
}

/** Without the ends of do-not-disturb and of registrations, which are of all entries. Always later than now. */
export function nextOfEntry(entry: Entry, evaluation: Evaluation): Instant {
  const {
    snapshot: { now },
    expiryFrom,
  } = evaluation
  const ends = entry.offers.filter((offer) => isInFlight(offer, evaluation)).map((offer) => endOf(offer, evaluation))
  if (entry.expires > now) return Math.min(entry.expires, ...ends)
  if (ends.length > 0) return Math.max(...ends)
  return expiryFrom > now
    ? expiryFrom
    : entry.expires + Math.ceil((now + 1 - entry.expires) / OVERDUE_LOOK_MS) * OVERDUE_LOOK_MS
}

/** The old list where nothing in it is another. */
function unchanged(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  return before.length === after.length && before.every((entry, at) => entry === after[at]) ? before : after
}
