/**
 * What a message can meet that is not built yet. At the door it is refused with the name of it, and nothing is
 * accepted; what was accepted earlier waits on. Never is something else done in its place.
 */
import type { InForce } from '../../preferences/in-force.ts'
import type { Outcome } from './on-arrival.ts'
import type { Facts, HeldMessage } from '../state/queue.ts'
import { leavesOf, firstMatch } from './media.ts'
import type { Permission } from './on-release.ts'
import type { Situation } from './applicability.ts'

/** @returns its name, or `undefined` when everything that this outcome needs is there. */
export function missingFor(outcome: Outcome, situation: Situation, facts: Facts): string | undefined {
  switch (outcome.kind) {
    case 'store':
    case 'forward':
    case 'interwork':
      return outcome.kind
    case 'reject':
    case 'discard':
      return undefined
    case 'deliver':
      return outcome.to.some(({ inForce }) => recorded(inForce, facts)) ? 'storage' : undefined
    case 'defer':
      if (outcome.reason === 'no-applicable-device' && wantsConversion(situation)) return 'conversion'
      return missingToWait(situation, facts) ?? (dropsSome(situation, facts) ? 'keep-drop' : undefined)
  }
}

/** The same for a message that waits, under the preferences of now. */
export function missingNow(
  permission: Permission,
  situation: Situation,
  { facts, toDeliver, missing }: HeldMessage,
): string | undefined {
  if (permission.kind === 'meets') return permission.missing
  if (permission.kind === 'may-go' && permission.to.some(({ inForce }) => recorded(inForce, facts))) return 'storage'
  if (permission.kind === 'waits' && permission.reason === 'no-applicable-device' && wantsConversion(situation))
    return 'conversion'
  if (toDeliver === undefined) return missingToWait(situation, facts)
  // What `keep` and `drop` say counts once, when a message is deferred; which of its parts are left is not decided by
  // what comes after.
  const isDeferred = permission.kind === 'waits' || missing === 'keep-drop'
  if (isDeferred && dropsSome(situation, facts)) return 'keep-drop'
  return permission.kind === 'waits' ? missingToWait(situation, facts) : undefined
}

/** From now on it is deferred, as a whole. */
export function isDeferredWhole(
  permission: Permission,
  situation: Situation,
  { facts, toDeliver }: HeldMessage,
): boolean {
  return toDeliver !== undefined && permission.kind === 'waits' && !dropsSome(situation, facts)
}

/**
 * *Ours*: whose preferences for deferred messages count when devices differ: the first registered one that says deliver
 * or defer.
 */
export function deferringProfile(situation: Situation): InForce {
  return (
    situation.devices.find(({ says }) => says.action === 'deliver' || says.action === 'defer')?.inForce ??
    situation.defaultProfile
  )
}

function missingToWait(situation: Situation, facts: Facts): string | undefined {
  const inForce = deferringProfile(situation)
  const { mode } = inForce.profile.deferred
  if (mode !== 'push') return mode
  return recorded(inForce, facts) ? 'storage' : undefined
}

function wantsConversion({ devices }: Situation): boolean {
  return !devices.some(({ fit }) => fit === 'fits') && devices.some(({ fit }) => fit === 'needs-conversion')
}

/** X13: whether the profile's `storage` would keep a copy of this message in the store. */
function recorded({ profile: { storage } }: InForce, facts: Facts): boolean {
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
  const parts = deferringProfile(situation).profile.deferred.parts ?? []
  const unmatched = parts.some((part) => 'keep' in part)
  return leavesOf(facts.partTypes).some((type) => {
    const first = firstMatch(parts, (part) => ('keep' in part ? part.keep : part.drop), type)
    return first === undefined ? unmatched : 'drop' in first
  })
}
