/** What the watchers of the changes stream were told of do-not-disturb, and what they must be told now (X19). */
import { deviceKey } from '../device.ts'
import type { Instant } from '../clock.ts'
import { documentKey, partOf, withPart, type Home, type Part } from '../home/home.ts'
import { AUID, INDEX } from '../names.ts'
import type { UserPreferences } from './in-force.ts'

/** Do-not-disturb began or ended for a user (no `device`) or for one of his devices. */
export interface StateRecord {
  readonly kind: 'state'
  readonly device?: string
  readonly doNotDisturb: boolean
  /** When it is known to end (or begin) by time alone. */
  readonly until?: Instant
  /** The boundary, also when told late. */
  readonly at: Instant
}

/** What was told last, of the user and of each device that had an entry of its own. */
interface Told {
  readonly user: boolean
  readonly devices: readonly (readonly [device: string, on: boolean])[]
}

/** The name of the part of a home that says what was told. */
export const STATE_PART = 'told'

const told: Part<Told> = { name: STATE_PART, empty: { user: false, devices: [] } }

/** A boundary is looked for this far back first: what repeats every week has had one by then, or has none. */
const BACK_MS = 16 * 86_400_000

export interface ReconciledState {
  /** The same object where nothing is new. */
  readonly home: Home
  readonly records: readonly StateRecord[]
  /** The next instant at which time alone changes the state of the user or of a device with an entry of its own. */
  readonly next: Instant | undefined
}

/**
 * A device is told of when what holds for it differs from what held for it, so not when its entry appears or goes and
 * says what the user's says. Boundaries that passed unseen are told once, as the state of now.
 */
export function reconcileState(home: Home, preferences: UserPreferences, now: Instant): ReconciledState {
  const before = partOf(home, told)
  const { ownEntries } = preferences
  const toldOf = new Map(before.devices.map(([device, on]) => [deviceKey(device), on]))
  const wasTold = (device: string): boolean => toldOf.get(deviceKey(device)) ?? before.user
  const present = new Set(ownEntries.map(deviceKey))
  const gone = before.devices.map(([device]) => device).filter((device) => !present.has(deviceKey(device)))
  const records: StateRecord[] = []
  let next: Instant | undefined
  const compare = (device: string | undefined, was: boolean): boolean => {
    const { on, until } = preferences.disturbance(device, now)
    if (until !== undefined) next = Math.min(next ?? until, until)
    if (on !== was) records.push(stateRecord(home, preferences, device, now))
    return on
  }
  const user = compare(undefined, before.user)
  const devices = ownEntries.map((device) => [device, compare(device, wasTold(device))] as const)
  for (const device of gone) compare(device, wasTold(device))
  const after: Told = { user, devices }
  return { home: same(before, after) ? home : withPart(home, told, after), records, next }
}

/** The state of now: of the user, and of each device with an entry of its own. For who begins to watch. */
export function presentState(home: Home, preferences: UserPreferences, now: Instant): readonly StateRecord[] {
  return [undefined, ...preferences.ownEntries].map((device) => stateRecord(home, preferences, device, now))
}

function stateRecord(home: Home, preferences: UserPreferences, device: string | undefined, now: Instant): StateRecord {
  const { on, until } = preferences.disturbance(device, now)
  return {
    kind: 'state',
    ...(device === undefined ? {} : { device }),
    doNotDisturb: on,
    ...(until === undefined ? {} : { until }),
    at: beginning(home, preferences, device, now),
  }
}

/**
 * When the state of now began: at the last boundary that time alone has passed since the document was written, else
 * when it was written. A document that was deleted leaves no instant behind; then it is now.
 */
function beginning(home: Home, preferences: UserPreferences, device: string | undefined, now: Instant): Instant {
  const changed = home.documents.get(documentKey(AUID.doNotDisturb, INDEX))?.changed
  if (changed === undefined) return now
  const recent = lastBoundary(preferences, device, Math.max(changed, now - BACK_MS), now)
  return recent ?? lastBoundary(preferences, device, changed, now) ?? Math.min(changed, now)
}

function lastBoundary(
  preferences: UserPreferences,
  device: string | undefined,
  from: Instant,
  now: Instant,
): Instant | undefined {
  let last: Instant | undefined
  let boundary = preferences.disturbance(device, from).until
  while (boundary !== undefined && boundary <= now) {
    last = boundary
    boundary = preferences.disturbance(device, boundary).until
  }
  return last
}

function same(before: Told, after: Told): boolean {
  return before.user === after.user && JSON.stringify(before.devices) === JSON.stringify(after.devices)
}
