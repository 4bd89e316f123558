/**
 * What this room keeps in a home: the registrations, what waits, what some addressees still have to get, and what is on
 * its way to somebody else (`outgoing.ts`). Plain JSON, replaced as a whole.
 */
import type { Instant } from '../../clock.ts'
import { partOf, withPart, type Home, type Part } from '../../home/home.ts'
import type { Xui } from '../../names.ts'
import type { PushAddress } from '../contracts/push.ts'
import type { MessageType, Preferences } from '../../preferences/model.ts'
import { needsMessage, newWork, type Cut, type ReportTask, type Work } from './outgoing.ts'

/** X17. */
export type DeferralMode = NonNullable<NonNullable<Preferences['deferred']>['mode']>

/** A device as it registered. It stays known after `expires`, until deleted. */
export interface Registration {
  readonly device: string
  /** When it registered after not being so; a refresh does not begin anew (D9). */
  readonly began: Instant
  readonly expires: Instant
  /** Later than everything in this home with a smaller number: instants can be equal, or set back. */
  readonly turn: number
  /**
   * The name of its inbox: the last one that was opened at this registration, at whichever server. It may be open no
   * more.
   */
  readonly inbox?: string
  readonly accepts?: readonly string[]
  readonly maxBytes?: number
  readonly connectivity?: string
  /** Where it is told out of band that something waits. */
  readonly push?: PushAddress
  /** When it was last sent a summary there. */
  readonly summarised?: Instant
  /** Where the SIP core reaches it. */
  readonly contact?: string
}

/** What preferences judge of a message. */
export interface Facts {
  /** As it was sent, also where nobody is shown it. */
  readonly from: string
  readonly undisclosed: boolean
  /** Bytes of the body. */
  readonly size: number
  /** Of the message and of all parts within, lower case. */
  readonly partTypes: readonly string[]
  readonly messageTypes: readonly MessageType[]
  /** It belongs to a conversation. */
  readonly conversation: boolean
  /** X9: of the body only parts of these types are kept, so it is shorter than `size`. */
  readonly isCut?: true
  /** X10: devices that it was tried for and cannot be adapted to, as they were then (`decision/taking.ts`). */
  readonly unfit?: readonly string[]
}

/** A device that a message was released to, at the registration it had then. */
export interface Target {
  readonly device: string
  readonly began: Instant
}

/** The last time that a device was offered it. */
export interface DeliveryAttempt {
  readonly device: string
  /** Counts from 1. */
  readonly attempt: number
  readonly at: Instant
  /** The registration that it went to. */
  readonly began: Instant
  /** Through which inbox: one that opens later gets it again at once. */
  readonly inbox: string
  /** Its user asked for it (D7), so do-not-disturb does not hold it; `inbox` names the session. */
  readonly asked?: true
  /** The far end takes it no more through this inbox: nothing is to be expected, and it is not sent there again. */
  readonly refused?: true
}

interface Held {
  readonly id: string
  /** The place in the queue. */
  readonly turn: number
  readonly received: Instant
  readonly expires: Instant
  /** Counts the releases. */
  readonly generation: number
  /** Fixed at release; none: not released. */
  readonly addressees: readonly Target[]
  /** One for each device that was ever offered it. */
  readonly offers: readonly DeliveryAttempt[]
}

export interface HeldMessage extends Held {
  readonly kind: 'message'
  readonly facts: Facts
  /** Whose share of the queue it takes; of what a participating function brought, nobody's. */
  readonly sentBy?: Xui
  /** Received + the policy's keep-at-most, fixed at acceptance. */
  readonly keepUntil: Instant
  readonly extensions: number
  /**
   * It was to be delivered when it came. Once it has to be deferred all the same, what `keep` and `drop` say counts,
   * and this goes.
   */
  readonly toDeliver?: true
  /**
   * U2: how it goes on (X17), fixed when it was deferred, under what was written then. Missing while it is to be
   * delivered.
   */
  readonly mode?: { readonly is: DeferralMode; readonly written: string }
  /** D5: who was told of it, at the registration of then, since do-not-disturb last covered the device. */
  readonly noticed?: readonly Target[]
  /** The outgoing work that it is on its way with. */
  readonly leaving?: string
  /**
   * D6: who has been told of it out of band, by the registration that had ended then. Taken off in a quiet period
   * (U14).
   */
  readonly told?: readonly Target[]
  /** The recipient let it go although do-not-disturb is on. */
  readonly evenIfQuiet?: true
  /** X9: what of it is kept, by the preferences at its deferral. Missing: all. */
  readonly cut?: Cut
}

export interface HeldReport extends Held {
  readonly kind: 'report'
}

export type Entry = HeldMessage | HeldReport

/**
 * What waits with these fields beside its others. Of a literal that begins with a copy and goes on with another name V8
 * makes a shape of its own for each object, 500 bytes that live as long as that; assigned, all share one.
 */
export function entryWith<E extends Entry>(entry: E, fields: Partial<E>): E {
  return Object.assign({}, entry, fields)
}

/** The parts of one home, read together. */
export interface Queue {
  readonly registrations: readonly Registration[]
  /** Oldest first. */
  readonly waiting: readonly Entry[]
  /** Delivered to somebody already; what the other addressees still have to get. */
  readonly copies: readonly Entry[]
  readonly outgoing: readonly Work[]
}

/** Reports that wait for one user: their sender may send on without them, and each message lists its own. */
export const REPORTS_AT_MOST = 1000

const REGISTRATIONS: Part<readonly Registration[]> = { name: 'registrations', empty: [] }
const WAITING: Part<readonly Entry[]> = { name: 'waiting', empty: [] }
const COPIES: Part<readonly Entry[]> = { name: 'copies', empty: [] }
const OUTGOING: Part<readonly Work[]> = { name: 'outgoing', empty: [] }
/** As earlier versions kept them. */
const REPORTS: Part<readonly (ReportTask & { readonly id: string; readonly message: string })[]> = {
  name: 'reports',
  empty: [],
}
/** When time alone decided here last, by the clock of the server that did. */
const DECIDED: Part<Instant> = { name: 'decided', empty: 0 }

/**
 * No two machines have the same time. A clock that is further from another, or from what it said just before, may be a
 * broken one, and moves nobody.
 */
export const WRONG_CLOCK_MS = 5 * 60_000

export function queueOf(home: Home): Queue {
  return {
    registrations: partOf(home, REGISTRATIONS),
    waiting: partOf(home, WAITING),
    copies: partOf(home, COPIES),
    outgoing: outgoingOf(home),
  }
}

function outgoingOf(home: Home): readonly Work[] {
  const work = partOf(home, OUTGOING)
  const reports = partOf(home, REPORTS)
  if (reports.length === 0) return work
  return [...work, ...reports.map(({ id, message, ...task }) => newWork(id, message, { ...task, kind: 'report' }, 0))]
}

/** What waits as a part of its own, which can be left out and be put behind (`Homes.readWithout`). */
export const WAITING_PART = WAITING.name

/** The home with what waits; where that was left out, it is again where the home is committed. */
export function withWaiting(home: Home, waiting: readonly Entry[]): Home {
  return withPart(home, WAITING, waiting)
}

/** The home with these parts; the same object where none of them is another. */
export function withQueue(home: Home, queue: Queue): Home {
  let changed = home
  const put = <T>(part: Part<T>, value: T): void => {
    if (partOf(home, part) !== value) changed = withPart(changed, part, value)
  }
  put(REGISTRATIONS, queue.registrations)
  put(WAITING, queue.waiting)
  put(COPIES, queue.copies)
  put(OUTGOING, queue.outgoing)
  if (partOf(changed, REPORTS).length > 0) put(REPORTS, [])
  return changed
}

/**
 * The present of this home: never before the instant that time alone was last decided at, by whichever server. One
 * whose clock is behind would take that back, and the two would go on correcting each other until the clock has caught
 * up.
 */
export function presentIn(home: Home, now: Instant): Instant {
  const decided = partOf(home, DECIDED)
  return decided > now && !isDecidedFarAhead(home, now) ? decided : now
}

/** A clock that is further ahead than two may differ decided here: either that one is wrong or this one. */
export function isDecidedFarAhead(home: Home, now: Instant): boolean {
  return partOf(home, DECIDED) - now > WRONG_CLOCK_MS
}

/** The home, decided on at that instant. */
export function decidedAt(home: Home, now: Instant): Home {
  return home.next !== undefined && home.next <= now ? withPart(home, DECIDED, now) : home
}

/** Messages whose bodies and records somebody here will ask for. */
export function neededBy({ waiting, copies, outgoing }: Queue): ReadonlySet<string> {
  const working = outgoing.flatMap(({ message, task }) =>
    message !== undefined && needsMessage(task) ? [message] : [],
  )
  return new Set([...waiting.map(({ id }) => id), ...copies.map(({ id }) => id), ...working])
}

export function registeredAt(registrations: readonly Registration[], now: Instant): readonly Registration[] {
  return registrations.filter(({ expires }) => expires > now)
}
