/**
 * The answer of `GET /api/users/{xui}/preferences`: what is in force for a device, or for the user, at an instant
 * (X16).
 */
import { createHash } from 'node:crypto'
import { instantText, type Instant } from '../clock.ts'
import type { Etag } from '../names.ts'
import type { Disturbance, InForce, ProfileInForce, UserPreferences } from './in-force.ts'
import type { Action } from './model.ts'

/** B §5.2.2.1.3, in its order: what is done whether or not the user wants to be disturbed (NOTE 3). */
const REGARDLESS = ['reject', 'interwork', 'store', 'forward'] as const satisfies readonly Action[]

/** As JSON. Instants are RFC 3339 in UTC. */
export interface PreferencesAnswer {
  readonly profile: ProfileInForce
  readonly profileId?: string
  readonly because: InForce['because']
  readonly doNotDisturb: {
    readonly on: boolean
    readonly because: Disturbance['because']
    readonly until?: string
    /** What the profile in force asks for and do-not-disturb does not hold up. */
    readonly noEffectOn: readonly (typeof REGARDLESS)[number][]
  }
  /** The next instant at which time alone changes whether the device is left alone. */
  readonly next?: string
  readonly unknownLists: readonly string[]
}

/** @param device `undefined`: the user when no device is registered. */
export function preferencesAnswer(
  preferences: UserPreferences,
  device: string | undefined,
  at: Instant,
): { readonly answer: PreferencesAnswer; readonly etag: Etag } {
  const { profile, profileId, because } = preferences.inForce(device)
  const { on, because: say, until } = preferences.disturbance(device, at)
  const { rules, available, unavailable } = profile.messages
  const actions = new Set<Action>([...rules, available, unavailable].map(({ action }) => action))
  const end = until === undefined ? undefined : instantText(until)
  const answer: PreferencesAnswer = {
    profile,
    ...(profileId === undefined ? {} : { profileId }),
    because,
    doNotDisturb: {
      on,
      because: say,
      ...(end === undefined ? {} : { until: end }),
      noEffectOn: REGARDLESS.filter((action) => actions.has(action)),
    },
    ...(end === undefined ? {} : { next: end }),
    unknownLists: preferences.unknownLists(device),
  }
  const etag = createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22) as Etag
  return { answer, etag }
}
