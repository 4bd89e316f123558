/**
 * What becomes of a message that is deferred, by the one profile that decides this (U2).
 */
import type { InForce } from '../../preferences/in-force.ts'
import { decide, type Outcome } from './on-arrival.ts'
import type { Cut } from '../state/outgoing.ts'
import type { Facts, HeldMessage } from '../state/queue.ts'
import { keptFacts, keptOf } from './cut.ts'
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

/** What is done with a message that comes in; one of which nothing would be kept is discarded (X9). */
export function outcomeOf(situation: Situation, facts: Facts): Outcome {
  const outcome = decide(situation)
  if (outcome.kind !== 'defer') return outcome
  return keptOf(partsOf(situation), facts) === 'none' ? { kind: 'discard' } : outcome
}

/** From now on it is deferred, and what `keep` and `drop` say counts once. `undefined`: nothing of it is kept. */
export function deferred(held: HeldMessage, situation: Situation): HeldMessage | undefined {
  const { toDeliver: _, ...entry } = held
  const cut = partsOf(situation)
  switch (keptOf(cut, held.facts)) {
    case 'all':
      return entry
    case 'some':
      return { ...entry, cut, facts: keptFacts(cut, held.facts) }
    case 'none':
      return undefined
  }
}

function partsOf(situation: Situation): Cut {
  return decidingProfile(situation).profile.deferred.parts ?? NO_PARTS
}

const NO_PARTS: Cut = []
