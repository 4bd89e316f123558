/**
 * What becomes of a message that is deferred, and what of it is recorded: by the one profile that decides this (U2).
 */
import type { InForce } from '../../preferences/in-force.ts'
import type { Outcome } from './on-arrival.ts'
import type { Facts, HeldMessage } from '../state/queue.ts'
import { firstMatch, leavesOf } from './media.ts'
import type { Permission } from './on-release.ts'
import type { Situation, UserSnapshot } from './applicability.ts'

/**
 * U2: whose preferences count for all that is not "does this device get it": the profile active on all registered
 * devices if they share one, else the default profile.
 */
export function decidingProfile({
  devices,
  defaultProfile,
}: Pick<UserSnapshot, 'devices' | 'defaultProfile'>): InForce {
  const [first, ...others] = devices.map(({ inForce }) => inForce)
  if (first === undefined) return defaultProfile
  return others.every(({ profileId }) => profileId === first.profileId) ? first : defaultProfile
}

/**
 * What a message can meet that is not built yet: at the door it is refused with the name of it, and nothing is
 * accepted; what was accepted earlier waits on. Never is something else done in its place.
 */
export function missingFor(outcome: Outcome, situation: Situation, facts: Facts): string | undefined {
  if (outcome.kind !== 'defer') return undefined
  if (outcome.reason === 'no-applicable-device' && wantsConversion(situation)) return 'conversion'
  return dropsSome(situation, facts) ? 'keep-drop' : undefined
}

/** The same for a message that waits, under the preferences of now. */
export function missingNow(
  permission: Permission,
  situation: Situation,
  { facts, toDeliver, missing }: HeldMessage,
): string | undefined {
  if (permission.kind === 'waits' && permission.reason === 'no-applicable-device' && wantsConversion(situation))
    return 'conversion'
  if (toDeliver === undefined) return undefined
  // What `keep` and `drop` say counts once, when a message is deferred; which of its parts are left is not decided by
  // what comes after.
  const isDeferred = permission.kind === 'waits' || missing === 'keep-drop'
  if (isDeferred && dropsSome(situation, facts)) return 'keep-drop'
  return undefined
}

/** From now on it is deferred, as a whole. */
export function isDeferredWhole(
  permission: Permission,
  situation: Situation,
  { facts, toDeliver }: HeldMessage,
): boolean {
  return toDeliver !== undefined && permission.kind === 'waits' && !dropsSome(situation, facts)
}

function wantsConversion({ devices }: Situation): boolean {
  return !devices.some(({ fit }) => fit === 'fits') && devices.some(({ fit }) => fit === 'needs-conversion')
}

/** X13: whether the profile's `storage` would keep a copy of this message in the store. */
export function isRecorded({ profile: { storage } }: InForce, facts: Facts): boolean {
  const verdicts = leavesOf(facts.partTypes).map(
    (type) => firstMatch(storage.media ?? [], ({ contentType }) => contentType, type)?.store,
  )
  if (verdicts.includes(true)) return true
  const wanted = storage.messages || (storage.conversations && facts.conversation)
  return wanted && verdicts.includes(undefined)
}

/**
 * X9: whether some part of this message would not be kept. The first that matches decides; what none matches is kept,
 * unless there is a `keep`.
 */
function dropsSome(situation: Situation, facts: Facts): boolean {
  const parts = decidingProfile(situation).profile.deferred.parts ?? []
  const unmatched = parts.some((part) => 'keep' in part)
  return leavesOf(facts.partTypes).some((type) => {
    const first = firstMatch(parts, (part) => ('keep' in part ? part.keep : part.drop), type)
    return first === undefined ? unmatched : 'drop' in first
  })
}
