/** Who may be offered what waits, and what goes out now. Pure. */
import type { Instant } from '../../clock.ts'
import type { InSteps } from '../../rounds.ts'
import type { Target, Entry, DeliveryAttempt } from '../state/queue.ts'
import type { Evaluation } from './evaluation.ts'
import { isListed, type UserSnapshot, type RegisteredDevice } from './applicability.ts'

export interface NewAttempt {
  readonly entry: Entry
  readonly device: string
  readonly began: Instant
  readonly attempt: number
}

/**
 * Unacknowledged this often, an entry lets the others go first: a device that chokes on one message still gets the
 * rest.
 */
const PATIENT_ATTEMPTS = 3

export function isInFlight(offer: DeliveryAttempt, evaluation: Evaluation): boolean {
  return offer.refused !== true && endOf(offer, evaluation) > evaluation.snapshot.now
}

/** When its acknowledgement is expected no more. */
export function endOf({ at }: DeliveryAttempt, { settings }: Evaluation): Instant {
  return at + settings.offerFor
}

/** The same while the registration that it went to still holds: an acknowledgement is to be expected. */
export function isAwaitingAck(offer: DeliveryAttempt, evaluation: Evaluation): boolean {
  return (
    isInFlight(offer, evaluation) && evaluation.snapshot.devices.some(({ registration }) => isAt(offer, registration))
  )
}

/** Its user fetches it (D7): until that is over it is nobody else's to move. */
export function isBeingRetrieved({ offers }: Entry, evaluation: Evaluation): boolean {
  return offers.some((offer) => offer.asked === true && isAwaitingAck(offer, evaluation))
}

/** The devices that it was released to, as far as the registrations of then still hold. */
export function targetsPresent(entry: Entry, snapshot: UserSnapshot): readonly RegisteredDevice[] {
  return snapshot.devices.filter(({ registration }) =>
    entry.addressees.some((addressee) => isAt(addressee, registration)),
  )
}

function isAt(addressee: Target, registration: Target): boolean {
  return addressee.device === registration.device && addressee.began === registration.began
}

/**
 * Whether a device may have it, leaving aside what rules say: applicable (X14 (3) for a report), and not to be left
 * alone.
 */
export function reachOf(
  { situation }: Pick<Evaluation, 'situation'>,
  device: RegisteredDevice,
  entry: Entry,
): 'yes' | 'held-by-dnd' | 'no' {
  if (entry.kind === 'message') {
    const judged = situation(entry.facts).devices.find(({ registration }) => registration === device.registration)
    if (judged === undefined || judged.fit === 'misfit') return 'no'
    return entry.evenIfQuiet !== true && judged.covered ? 'held-by-dnd' : 'yes'
  }
  if (!isListed(device.inForce.profile.devices.reports, device.registration.device)) return 'no'
  return device.dndActive ? 'held-by-dnd' : 'yes'
}

/**
 * The offers that go out now, for each device the oldest first, within its window; what is out already through this
 * inbox is not repeated. Nothing goes out at or after its expiry (INV-6), to a device that is not there, not
 * applicable, or to be left alone (D4).
 */
export function* attemptsFor(entries: readonly Entry[], evaluation: Evaluation): InSteps<readonly NewAttempt[]> {
  const { snapshot, open, settings } = evaluation
  if (open.size === 0) return []
  const made: NewAttempt[] = []
  const released = entries.filter(({ addressees }) => addressees.length > 0)
  for (const device of snapshot.devices) {
    const name = device.registration.device
    const inbox = open.get(name)
    if (inbox === undefined) continue
    let count = 0
    let bytes = 0
    const due: { readonly entry: Entry; readonly attempts: number }[] = []
    for (const entry of released) {
      const last = entry.offers.find((offer) => offer.device === name)
      if (!entry.addressees.some((addressee) => isAt(addressee, device.registration))) continue
      const isOut = last !== undefined && (last.inbox === inbox || last.asked === true)
      if (isOut && last.refused === true) continue
      if (isOut && isInFlight(last, evaluation)) {
        count += 1
        bytes += sizeOf(entry)
      } else if (entry.expires > snapshot.now) due.push({ entry, attempts: last?.attempt ?? 0 })
    }
    due.sort((a, b) => patience(a.attempts) - patience(b.attempts) || a.entry.turn - b.entry.turn)
    for (const { entry, attempts } of due) {
      if (count >= settings.offersAtMost) break
      yield 1
      if (reachOf(evaluation, device, entry) !== 'yes') continue
      if (count > 0 && bytes + sizeOf(entry) > settings.offeredBytesAtMost) break
      count += 1
      bytes += sizeOf(entry)
      made.push({ entry, device: name, began: device.registration.began, attempt: attempts + 1 })
    }
  }
  return made
}

function patience(attempts: number): number {
  return attempts < PATIENT_ATTEMPTS ? 0 : attempts
}

export function sizeOf(entry: Entry): number {
  return entry.kind === 'message' ? entry.facts.size : 0
}

/** The entry as it is once the offers are out. */
export function withAttempts(entry: Entry, made: readonly NewAttempt[], { snapshot, open }: Evaluation): Entry {
  if (entry.addressees.length === 0) return entry
  const mine = made.filter((offer) => offer.entry === entry)
  if (mine.length === 0) return entry
  const others = entry.offers.filter(({ device }) => !mine.some((offer) => offer.device === device))
  const now = mine.map(({ device, began, attempt }) => ({
    device,
    attempt,
    at: snapshot.now,
    began,
    inbox: open.get(device) ?? '',
  }))
  return { ...entry, offers: [...others, ...now] }
}
