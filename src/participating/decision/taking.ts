/** X10: what a device takes of a message, by its wish, its capabilities and its connection. */
import { isSameDevice } from '../../device.ts'
import type { InForce, UserPreferences } from '../../preferences/in-force.ts'
import type { AdaptationDevice } from '../../preferences/model.ts'
import type { Taking } from '../contracts/adaptation.ts'
import { digest } from '../state/message-record.ts'
import type { Registration } from '../state/queue.ts'
import { firstMatch } from './media.ts'

export interface DeviceTaking {
  /** Each must allow a part; none: everything may come. */
  readonly lists: readonly (readonly string[])[]
  readonly maxBytes: number | undefined
  readonly otherwise: NonNullable<AdaptationDevice['otherwise']>
}

export function takingOf(
  { policy }: UserPreferences,
  { registration, inForce }: { readonly registration: Registration; readonly inForce: InForce },
): DeviceTaking {
  const wish = wishOf(inForce.profile.contentAdaptation?.devices ?? [], registration.device)
  const limit = policy.connectivity?.find(({ name }) => name === registration.connectivity)?.maxBytes
  // A profile in XML cannot name an empty list, so one in JSON says no more than none.
  const wished = wish?.accepts?.length === 0 ? undefined : wish?.accepts
  const bounds = [wish?.maxBytes, registration.maxBytes, limit].filter((bound) => bound !== undefined)
  return {
    lists: [wished, registration.accepts].filter((list) => list !== undefined),
    maxBytes: bounds.length === 0 ? undefined : Math.min(...bounds),
    otherwise: wish?.otherwise ?? 'convert',
  }
}

/** The device's own entry, else the one for any other device. */
function wishOf(entries: readonly AdaptationDevice[], device: string): AdaptationDevice | undefined {
  return (
    entries.find(({ id }) => id !== undefined && isSameDevice(id, device)) ?? entries.find(({ id }) => id === undefined)
  )
}

/** As whoever adapts is asked. */
export function askedFor({ lists, maxBytes, otherwise }: DeviceTaking): Taking {
  const [first, second] = lists
  const accepts = first === undefined || second === undefined ? first : common(first, second)
  return { accepts, maxBytes, ...(otherwise === 'leave-out' ? { leavesOut: true } : {}) }
}

/** What both lists allow: of two patterns that meet, the narrower. */
function common(one: readonly string[], other: readonly string[]): readonly string[] {
  const allows = (list: readonly string[], type: string): boolean =>
    firstMatch(list, (each) => each, type) !== undefined
  const kept = one.filter((type) => allows(other, type.toLowerCase()))
  return [...new Set([...kept, ...other.filter((type) => allows(one, type.toLowerCase()))])]
}

/** The same as long as the device takes the same. */
export function takingKey(device: string, { lists, maxBytes, otherwise }: DeviceTaking): string {
  return digest(device, JSON.stringify([lists, maxBytes ?? null, otherwise])).slice(0, 12)
}
