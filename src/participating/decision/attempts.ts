/** Who may be offered what waits, and what goes out now. Pure. */
import type { Instant } from '../../clock.ts'
import type { Addressee, Entry, Offer } from '../state/queue.ts'
import type { ParticipatingSettings } from '../settings.ts'
import { coveredBy, fitOf, type Look, type PresentDevice } from './applicability.ts'

/** Everything that decides about one home at one instant. */
export interface Present {
  readonly look: Look
  /** The inboxes that are open here and are the ones of their devices, each under a name that no other inbox ever has. */
  readonly open: ReadonlyMap<string, string>
  /** When what has expired may be treated so: later than now after a clock that jumped. */
  readonly expiryFrom: Instant
  readonly settings: ParticipatingSettings
}

export interface MadeOffer {
  readonly entry: Entry
  readonly device: string
  readonly began: Instant
  readonly attempt: number
}

/** Unacknowledged this often, an entry lets the others go first: a device that chokes on one message still gets the rest. */
const PATIENT_ATTEMPTS = 3

export function isOut(offer: Offer, { look, settings }: Present): boolean {
  return offer.at + settings.offerFor > look.now
}

/** The same while the registration that it went to still holds: an acknowledgement is to be expected. */
export function isAwaited(offer: Offer, present: Present): boolean {
  return isOut(offer, present) && present.look.devices.some(({ registration }) => isAt(offer, registration))
}

/** The devices that it was released to, as far as the registrations of then still hold. */
export function addresseesPresent(entry: Entry, look: Look): readonly PresentDevice[] {
  return look.devices.filter(({ registration }) => entry.addressees.some((addressee) => isAt(addressee, registration)))
}

function isAt(addressee: Addressee, registration: Addressee): boolean {
  return addressee.device === registration.device && addressee.began === registration.began
}

/** Whether a device may have it, leaving aside what rules say: applicable (X14 (3) for a report), and not to be left alone. */
export function reachOf(look: Look, device: PresentDevice, entry: Entry): 'yes' | 'disturbed' | 'no' {
  if (entry.kind === 'message') {
    if (fitOf(look.preferences, device, entry.facts) !== 'fits') return 'no'
    return coveredBy(look, device, entry.facts) ? 'disturbed' : 'yes'
  }
  const chosen = device.inForce.profile.devices.reports
  if (chosen.to === 'listed' && !(chosen.devices ?? []).includes(device.registration.device)) return 'no'
  return device.disturbed ? 'disturbed' : 'yes'
}

/**
 * The offers that go out now, for each device the oldest first, within its window; what is out already through this inbox is not repeated.
 * Nothing goes out at or after its expiry (I6), to a device that is not there, not applicable, or to be left alone (D4).
 */
export function offersFor(entries: readonly Entry[], present: Present): readonly MadeOffer[] {
  const { look, open, settings } = present
  const made: MadeOffer[] = []
  for (const device of look.devices) {
    const name = device.registration.device
    const inbox = open.get(name)
    if (inbox === undefined) continue
    let count = 0
    let bytes = 0
    const due: { readonly entry: Entry; readonly attempts: number }[] = []
    for (const entry of entries) {
      const last = entry.offers.find((offer) => offer.device === name)
      if (!entry.addressees.some((addressee) => isAt(addressee, device.registration))) continue
      if (last !== undefined && last.inbox === inbox && isOut(last, present)) {
        count += 1
        bytes += sizeOf(entry)
      } else if (entry.expires > look.now && reachOf(look, device, entry) === 'yes')
        due.push({ entry, attempts: last?.attempt ?? 0 })
    }
    due.sort((a, b) => patience(a.attempts) - patience(b.attempts) || a.entry.turn - b.entry.turn)
    for (const { entry, attempts } of due) {
      if (count >= settings.offersAtMost || (count > 0 && bytes + sizeOf(entry) > settings.offeredBytesAtMost)) break
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

function sizeOf(entry: Entry): number {
  return entry.kind === 'message' ? entry.facts.size : 0
}

/** The entry as it is once the offers are out. */
export function withOffers(entry: Entry, made: readonly MadeOffer[], { look, open }: Present): Entry {
  const mine = made.filter((offer) => offer.entry === entry)
  if (mine.length === 0) return entry
  const others = entry.offers.filter(({ device }) => !mine.some((offer) => offer.device === device))
  const now = mine.map(({ device, began, attempt }) => ({
    device,
    attempt,
    at: look.now,
    began,
    inbox: open.get(device) ?? '',
  }))
  return { ...entry, offers: [...others, ...now] }
}
