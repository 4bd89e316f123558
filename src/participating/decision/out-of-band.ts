/**
 * D6: devices that are not registered are told that something waits, so that they come, while no registered one is
 * applicable. Pure.
 */
import type { Instant } from '../../clock.ts'
import { after } from '../../preferences/duration.ts'
import type { PushAddress } from '../contracts/push.ts'
import { digest } from '../state/message-record.ts'
import { newWork, type PushTask, type Work } from '../state/outgoing.ts'
import { entryWith, type Entry, type HeldMessage, type Queue, type Registration } from '../state/queue.ts'
import { coveredBy, fitOf, type RegisteredDevice } from './applicability.ts'
import type { Evaluation } from './evaluation.ts'

/** A push service takes 4 KB, and a device that is told of many is told enough. */
const MESSAGES_AT_ONCE = 32
const SENDERS_AT_MOST = 20

export interface Announcing {
  readonly queue: Queue
  /** When a summary that has to wait may go. */
  readonly next: Instant | undefined
  /** What it will be about. */
  readonly early: ReadonlySet<Entry>
}

interface Away {
  readonly device: RegisteredDevice
  readonly address: PushAddress
}

/** @param decided so many at the front of what waits were announced before, as far as they were to be. */
export function announceOutOfBand(queue: Queue, evaluation: Evaluation, decided: number): Announcing {
  const { outOfBand } = evaluation.snapshot.preferences.policy.notices
  const away = outOfBand === 'none' ? [] : awayOf(queue, evaluation)
  let announcing: Announcing = { queue, next: undefined, early: new Set() }
  for (const one of away) announcing = announceTo(one, announcing, evaluation, decided)
  return announcing
}

/** A summary is of all that waits; one that would go now asks for it. */
export function isSummaryDue(queue: Queue, evaluation: Evaluation): boolean {
  const { notices } = evaluation.snapshot.preferences.policy
  if (notices.outOfBand !== 'summary') return false
  return awayOf(queue, evaluation).some(
    ({ device }) => summaryAt(device.registration, notices.atMostEvery) <= evaluation.snapshot.now,
  )
}

function summaryAt({ summarised }: Registration, atMostEvery: string): Instant {
  return summarised === undefined ? 0 : after(summarised, atMostEvery)
}

/** U6: judged by the device's last registration, X14 (1) and its own do-not-disturb. */
function awayOf({ registrations }: Queue, { snapshot: { preferences, now } }: Evaluation): readonly Away[] {
  return registrations.flatMap((registration) => {
    const { device, push, expires } = registration
    if (push === undefined || expires > now) return []
    const { on, until } = preferences.disturbance(device, now)
    const inForce = preferences.inForce(device)
    return [{ device: { registration, inForce, dndActive: on, dndUntil: until }, address: push }]
  })
}

function announceTo(
  { device, address }: Away,
  announcing: Announcing,
  evaluation: Evaluation,
  decided: number,
): Announcing {
  const { queue, next } = announcing
  const { snapshot } = evaluation
  const { registration } = device
  const eligible = (entry: Entry): entry is HeldMessage =>
    isWaiting(entry, evaluation) && fitOf(snapshot.preferences, device, entry.facts) !== 'misfit'
  // What stays as it is has been told to this device, or is not for it.
  const changeable = queue.waiting.slice(decided).filter((entry) => evaluation.unchangedUntil(entry) === undefined)
  const looked = changeable.filter(eligible)
  const quiet = new Set<Entry>(looked.filter(({ facts }) => coveredBy(snapshot, device, facts)))
  const fresh = looked.filter((entry) => !quiet.has(entry) && !isTold(entry, registration))
  const { outOfBand, atMostEvery } = snapshot.preferences.policy.notices
  const due = summaryAt(registration, atMostEvery)
  const isEarly = outOfBand === 'summary' && fresh.length > 0 && due > snapshot.now
  const told = new Set<Entry>(isEarly ? [] : fresh)
  const waiting = queue.waiting.map((entry) =>
    quiet.has(entry) ? untold(entry, registration) : told.has(entry) ? toldOf(entry, registration) : entry,
  )
  const isSame = waiting.every((entry, at) => entry === queue.waiting[at])
  const changed = isSame ? queue : { ...queue, waiting }
  if (isEarly)
    return { queue: changed, next: Math.min(next ?? due, due), early: new Set([...announcing.early, ...fresh]) }
  if (fresh.length === 0) return { ...announcing, queue: changed }
  const isOpen = (entry: HeldMessage): boolean => !coveredBy(snapshot, device, entry.facts)
  const lists = outOfBand === 'summary' ? [queue.waiting.filter(eligible).filter(isOpen)] : chunks(fresh)
  // After a quiet period of less than a millisecond it is the same again, and still to be said.
  const works = lists
    .map((list) => workFor({ device, address }, list, evaluation))
    .filter(({ id }) => !queue.outgoing.some((work) => work.id === id))
  const registrations =
    outOfBand === 'summary'
      ? queue.registrations.map((known) => (known === registration ? { ...known, summarised: snapshot.now } : known))
      : queue.registrations
  return { ...announcing, queue: { ...changed, registrations, outgoing: [...queue.outgoing, ...works] } }
}

/** Deferred, going nowhere, and no registered device could have it. */
function isWaiting(entry: Entry, evaluation: Evaluation): entry is HeldMessage {
  if (entry.kind !== 'message' || entry.toDeliver === true || entry.leaving !== undefined) return false
  if (entry.addressees.length > 0 || entry.mode?.is === 'hand-over') return false
  return evaluation.situation(entry.facts).devices.every(({ fit }) => fit === 'misfit')
}

function workFor({ device, address }: Away, list: readonly HeldMessage[], { snapshot }: Evaluation): Work {
  const { device: name, began } = device.registration
  const { outOfBand } = snapshot.preferences.policy.notices
  const until = Math.max(...list.map(({ expires }) => expires))
  const ids = list.map(({ id }) => id)
  const content: PushTask['content'] =
    outOfBand === 'summary'
      ? { kind: 'deferred-summary', waiting: list.length, from: sendersOf(list) }
      : { kind: 'deferred', messages: ids }
  const task: PushTask = {
    kind: 'push',
    device: name,
    address,
    content,
    ...(device.dndActive ? { despiteQuiet: true } : {}),
    until,
  }
  const id = digest('push', name, `${began} ${snapshot.now}`, ...ids).slice(0, 24)
  return { ...newWork(id, undefined, task, snapshot.now), until }
}

function sendersOf(list: readonly HeldMessage[]): readonly string[] {
  const known = list.flatMap(({ facts }) => (facts.undisclosed ? [] : [facts.from]))
  return [...new Set(known)].slice(0, SENDERS_AT_MOST)
}

function chunks(list: readonly HeldMessage[]): readonly (readonly HeldMessage[])[] {
  const count = Math.ceil(list.length / MESSAGES_AT_ONCE)
  return Array.from({ length: count }, (_, at) => list.slice(at * MESSAGES_AT_ONCE, (at + 1) * MESSAGES_AT_ONCE))
}

/** D10: told again once it has been here since, and left it behind. */
function isTold({ told = [] }: HeldMessage, { device, began }: Registration): boolean {
  return told.some((other) => other.device === device && other.began === began)
}

function toldOf(entry: Entry, { device, began }: Registration): Entry {
  if (entry.kind !== 'message') return entry
  const others = (entry.told ?? []).filter((other) => other.device !== device)
  return entryWith(entry, { told: [...others, { device, began }] })
}

/** U14: told again after the quiet period. */
function untold(entry: Entry, { device }: Registration): Entry {
  if (entry.kind !== 'message' || entry.told?.some((other) => other.device === device) !== true) return entry
  return { ...entry, told: entry.told.filter((other) => other.device !== device) }
}
