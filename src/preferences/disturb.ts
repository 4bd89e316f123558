/** Is a device to be left alone at an instant, and until when? (X16; `schemas/README.md`) */
import type { Instant } from '../clock.ts'
import { deviceKey } from '../device.ts'
import type { Disturbance } from './in-force.ts'
import type { DisturbSetting, DoNotDisturb } from './model.ts'
import { scheduleAt } from './schedule.ts'

/** Who has the say, and until when he has it. A schedule has it for good: what it says changes. */
type Say =
  | {
      readonly kind: 'switch'
      readonly because: 'device' | 'user'
      readonly on: boolean
      readonly until: Instant | undefined
    }
  | {
      readonly kind: 'schedule'
      readonly because: 'device-schedule' | 'user-schedule'
      readonly on: boolean
      readonly until: Instant | undefined
    }

/**
 * @param device `undefined`: the user, and every device without an entry of its own.
 * @throws RangeError for a schedule in a time zone that is not known here.
 */
export function disturbance(dnd: DoNotDisturb, device: string | undefined, at: Instant): Disturbance {
  const own = device === undefined ? undefined : entriesOf(dnd).get(deviceKey(device))
  const say = sayAt(dnd, own, at)
  if (say === undefined) return { on: false, because: 'unset', until: undefined }
  return { on: say.on, because: say.because, until: stateEnd(dnd, own, say) }
}

/**
 * The next instant at which the state changes by time alone, later than `after`. Edges of windows that change nothing
 * are none.
 */
export function nextBoundary(dnd: DoNotDisturb, device: string | undefined, after: Instant): Instant | undefined {
  return disturbance(dnd, device, after).until
}

/** Devices with an entry of their own. */
export function devicesOf(dnd: DoNotDisturb): readonly string[] {
  return [...entriesOf(dnd).values()].map(({ id }) => id)
}

/** A document is immutable, so its entries are sorted out once. */
type DeviceEntries = ReadonlyMap<string, DisturbSetting & { readonly id: string }>
const entries = new WeakMap<DoNotDisturb, DeviceEntries>()

function entriesOf(dnd: DoNotDisturb): DeviceEntries {
  const known = entries.get(dnd)
  if (known !== undefined) return known
  const fresh = new Map((dnd.devices ?? []).map((device) => [deviceKey(device.id), device]))
  entries.set(dnd, fresh)
  return fresh
}

function sayAt(user: DisturbSetting, own: DisturbSetting | undefined, at: Instant): Say | undefined {
  return settingSay(own, at, 'device') ?? settingSay(user, at, 'user')
}

/** The hand switch first, as long as it holds: it beats the schedule, both ways. */
function settingSay(setting: DisturbSetting | undefined, at: Instant, whose: 'device' | 'user'): Say | undefined {
  if (setting === undefined) return undefined
  const { on, until: untilText, schedule } = setting
  const until = untilText === undefined ? undefined : Date.parse(untilText)
  if (on !== undefined && (until === undefined || at < until)) return { kind: 'switch', because: whose, on, until }
  if (schedule === undefined) return undefined
  const state = scheduleAt(schedule, at)
  return {
    kind: 'schedule',
    because: whose === 'device' ? 'device-schedule' : 'user-schedule',
    on: state.quiet,
    until: state.until,
  }
}

/**
 * A switch may end without changing the state, because what has the say then says the same: so on, to the end of the
 * state.
 */
function stateEnd(user: DisturbSetting, own: DisturbSetting | undefined, say: Say): Instant | undefined {
  if (say.kind === 'schedule' || say.until === undefined) return say.until
  const next = sayAt(user, own, say.until)
  if ((next?.on ?? false) !== say.on) return say.until
  return next === undefined ? undefined : stateEnd(user, own, next)
}
