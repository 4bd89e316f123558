/**
 * What decides about one message at one instant: which devices are there, whether each may have it, and what its
 * profile says.
 */
import { isSameDevice } from '../../device.ts'
import type { Instant } from '../../clock.ts'
import type { InForce, UserPreferences } from '../../preferences/in-force.ts'
import { judge, type Judgement, type MessageFacts } from '../../preferences/rules.ts'
import { registeredAt, type Facts, type Registration } from '../state/queue.ts'
import { canBeAdapted } from './adaptable.ts'
import { takesAll } from './media.ts'
import { takingKey, takingOf } from './taking.ts'

/**
 * B §5.2.2.1.3 NOTE 4. `fits`: preferences, capabilities, connectivity and provider policy allow this message.
 * `needs-conversion`: it fits once it is converted, so the device is applicable (X10).
 */
export type Fit = 'fits' | 'needs-conversion' | 'misfit'

/** A device that is registered. */
export interface RegisteredDevice {
  readonly registration: Registration
  readonly inForce: InForce
  /** Do-not-disturb covers it now. */
  readonly dndActive: boolean
  readonly dndUntil: Instant | undefined
}

/** What holds for every message of one user at one instant, looked up once. */
export interface UserSnapshot {
  readonly preferences: UserPreferences
  readonly now: Instant
  /** In the order of their identifiers. */
  readonly devices: readonly RegisteredDevice[]
  /** Every device that ever registered and was not deleted. */
  readonly known: readonly string[]
  /** The default profile (X4). */
  readonly defaultProfile: InForce
}

export interface JudgedDevice extends RegisteredDevice {
  readonly fit: Fit
  /** Do-not-disturb covers it, and this sender is no exception. */
  readonly covered: boolean
  readonly says: Judgement
}

export interface Situation {
  /** In the order of their identifiers. */
  readonly devices: readonly JudgedDevice[]
  readonly defaultProfile: InForce
  /** What the default profile says for a user without a registered device. */
  readonly defaultSays: Judgement
}

export function snapshotOf(
  preferences: UserPreferences,
  registrations: readonly Registration[],
  now: Instant,
): UserSnapshot {
  const devices = [...registeredAt(registrations, now)]
    .sort((a, b) => (a.device < b.device ? -1 : 1))
    .map((registration) => {
      const { on, until } = preferences.disturbance(registration.device, now)
      return { registration, inForce: preferences.inForce(registration.device), dndActive: on, dndUntil: until }
    })
  const known = registrations.map(({ device }) => device)
  return { preferences, now, devices, known, defaultProfile: preferences.inForce(undefined) }
}

export function situationOf(snapshot: UserSnapshot, facts: Facts): Situation {
  const { preferences, defaultProfile } = snapshot
  const sender = senderOf(facts)
  const judged: MessageFacts = {
    sender,
    size: facts.size,
    partTypes: facts.partTypes,
    messageTypes: new Set(facts.messageTypes),
  }
  const excepted = snapshot.devices.some(({ dndActive }) => dndActive) && preferences.excepted(sender)
  const fits = snapshot.devices.map((device) => fitOf(preferences, device, facts))
  // `available` of the rules is the user's, not the device's: at least one applicable device (B §5.2.2.1.3).
  const available = fits.some((fit) => fit !== 'misfit')
  const says = (inForce: InForce): Judgement => judge(inForce.profile, judged, available, preferences.originates)
  return {
    devices: snapshot.devices.map((device, at) => {
      return {
        ...device,
        fit: fits[at] ?? 'misfit',
        covered: device.dndActive && !excepted,
        says: says(device.inForce),
      }
    }),
    defaultProfile,
    defaultSays: says(defaultProfile),
  }
}

/** X14: whether this kind of thing is for the device. */
export function isListed(
  { to, devices = [] }: { readonly to: 'all' | 'listed'; readonly devices?: readonly string[] },
  device: string,
): boolean {
  return to === 'all' || devices.some((listed) => isSameDevice(listed, device))
}

/** Whether do-not-disturb covers the device for a message with these facts. */
export function coveredBy(snapshot: UserSnapshot, device: RegisteredDevice, facts: Facts): boolean {
  return device.dndActive && !snapshot.preferences.excepted(senderOf(facts))
}

export function fitOf(preferences: UserPreferences, device: RegisteredDevice, facts: Facts): Fit {
  const { registration, inForce } = device
  if (!isListed(inForce.profile.devices.messages, registration.device)) return 'misfit'
  const taking = takingOf(preferences, device)
  const isTaken = taking.lists.every((accepts) => takesAll(accepts, facts.partTypes))
  if (isTaken && (taking.maxBytes === undefined || facts.size <= taking.maxBytes)) return 'fits'
  if (facts.unfit?.includes(takingKey(registration.device, taking)) === true) return 'misfit'
  // X9: the size is that of all parts; how long those that are kept are is found out when they are to go.
  if (taking.otherwise === 'withhold') return isTaken && facts.isCut === true ? 'needs-conversion' : 'misfit'
  return canBeAdapted(facts, taking) ? 'needs-conversion' : 'misfit'
}

function senderOf(facts: Facts): { readonly uri: string; readonly undisclosed: boolean } {
  return { uri: facts.from, undisclosed: facts.undisclosed }
}
