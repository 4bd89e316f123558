/** D5: which devices are told of what waits for its user, and of what they were told. Pure. */
import type { InSteps } from '../../rounds.ts'
import { entryWith, type Entry, type HeldMessage, type Target } from '../state/queue.ts'
import { isBeingRetrieved, reachOf } from './attempts.ts'
import type { Evaluation } from './evaluation.ts'

export interface NewNotice extends Target {
  /** Oldest first. */
  readonly of: readonly HeldMessage[]
}

/** X17: it is announced, and leaves when its user asks for it (D7). */
export function waitsForUser(entry: HeldMessage): boolean {
  return entry.toDeliver === undefined && entry.mode?.is === 'notify'
}

/** What is on its way, to a service, to devices or to the one that fetches it, is announced once it waits on. */
function isAnnounced(entry: Entry, evaluation: Evaluation): entry is HeldMessage {
  if (entry.kind !== 'message' || entry.leaving !== undefined || entry.addressees.length > 0) return false
  return waitsForUser(entry) && entry.expires > evaluation.snapshot.now && !isBeingRetrieved(entry, evaluation)
}

/**
 * U14: once at each registration, and again after each quiet period: what do-not-disturb holds back from a device now
 * counts as not told to it.
 */
export function* noticesFor(
  waiting: readonly Entry[],
  evaluation: Evaluation,
): InSteps<{ readonly notices: readonly NewNotice[]; readonly noticed: ReadonlyMap<Entry, HeldMessage> }> {
  const { snapshot, open } = evaluation
  const told = new Map<HeldMessage, readonly Target[]>()
  const notices: NewNotice[] = []
  const announced = waiting.filter((entry): entry is HeldMessage => isAnnounced(entry, evaluation))
  for (const device of snapshot.devices) {
    const { device: name, began } = device.registration
    const of: HeldMessage[] = []
    for (const entry of announced) {
      yield 1
      const before = told.get(entry) ?? entry.noticed ?? []
      const isTold = before.some((target) => target.device === name && target.began === began)
      const reach = reachOf(evaluation, device, entry)
      // D4: while do-not-disturb covers the device it is told nothing.
      const others = (): readonly Target[] => before.filter((target) => target.device !== name)
      if (reach === 'held-by-dnd' && isTold) told.set(entry, others())
      if (reach !== 'yes' || isTold || !open.has(name)) continue
      told.set(entry, [...others(), { device: name, began }])
      of.push(entry)
    }
    if (of.length > 0) notices.push({ device: name, began, of })
  }
  return { notices, noticed: new Map([...told].map(([entry, noticed]) => [entry, entryWith(entry, { noticed })])) }
}
