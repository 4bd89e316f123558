/** What would happen to a message, and why: the same decision that is made when one comes in, told. Pure. */
import { instantText } from '../../clock.ts'
import type { UserPreferences } from '../../preferences/in-force.ts'
import type { DeviceExplanation, MessageExplanation } from '../participating.ts'
import type { Facts, Registration } from '../state/queue.ts'
import { isListed, situationOf, type JudgedDevice, type Situation, type UserSnapshot } from './applicability.ts'
import { decidingProfile, outcomeOf } from './deferral.ts'
import { conversionsOf } from './adaptable.ts'
import { takesAll } from './media.ts'
import { takingOf, type DeviceTaking } from './taking.ts'
import type { Outcome } from './on-arrival.ts'
import { expiryOf } from './on-expiry.ts'
import { isRecorded } from './recording.ts'

export function explain(
  facts: Facts,
  snapshot: UserSnapshot,
  registrations: readonly Registration[],
): MessageExplanation {
  const situation = situationOf(snapshot, facts)
  const outcome = outcomeOf(situation, facts)
  const inForce = decidingProfile(situation)
  const rule = ruleOf(situation, outcome)
  const { mode, onExpiry } = inForce.profile.deferred
  const until = instantText(expiryOf(inForce, snapshot.preferences.policy, snapshot.now, undefined))
  const isKept = outcome.kind === 'deliver' || outcome.kind === 'defer'
  return {
    outcome: outcome.kind,
    ...(outcome.kind === 'defer' ? { reason: outcome.reason } : {}),
    ...(outcome.kind === 'forward' ? { to: outcome.to } : {}),
    ...(rule === undefined ? {} : { rule }),
    ...(inForce.profileId === undefined ? {} : { profileId: inForce.profileId }),
    devices: [...registrations]
      .sort((a, b) => (a.device < b.device ? -1 : 1))
      .map((registration) => deviceOf(registration, situation, outcome, facts, snapshot.preferences)),
    recorded: isKept && isRecorded(inForce, facts),
    ...(outcome.kind === 'defer' ? { mode, until, then: onExpiry } : {}),
  }
}

/**
 * The rule behind the outcome, if a rule it was: of a device that gets it where it is delivered, and of one that has a
 * say where it is not.
 */
function ruleOf({ devices, defaultSays }: Situation, outcome: Outcome): string | undefined {
  if (outcome.kind === 'deliver') return outcome.to.find(({ says }) => says.ruleId !== undefined)?.says.ruleId
  const isHeldBack = outcome.kind === 'defer' && outcome.reason !== 'preference'
  const said = devices.length > 0 ? devices.map(({ says }) => says) : [defaultSays]
  return said.find(({ action, ruleId }) => ruleId !== undefined && action === (isHeldBack ? 'deliver' : outcome.kind))
    ?.ruleId
}

function deviceOf(
  { device }: Registration,
  { devices }: Situation,
  outcome: Outcome,
  facts: Facts,
  preferences: UserPreferences,
): DeviceExplanation {
  const judged = devices.find(({ registration }) => registration.device === device)
  const gets = outcome.kind === 'deliver' && outcome.to.some(({ registration }) => registration.device === device)
  if (judged === undefined) return { device, gets, because: 'not-registered' }
  const taking = takingOf(preferences, judged)
  const converted = gets && judged.fit === 'needs-conversion' ? { converted: conversionsOf(facts, taking) } : {}
  return { device, gets, because: gets ? 'applicable' : whyNot(judged, facts, taking), ...converted }
}

function whyNot(judged: JudgedDevice, facts: Facts, { lists }: DeviceTaking): DeviceExplanation['because'] {
  const { registration, inForce, fit, covered, says } = judged
  if (!isListed(inForce.profile.devices.messages, registration.device)) return 'not-listed'
  // By what the device can take and by what its profile wants: both are lists of types.
  if (fit === 'misfit')
    return lists.every((accepts) => takesAll(accepts, facts.partTypes)) ? 'too-large' : 'does-not-accept'
  return says.action === 'deliver' && covered ? 'do-not-disturb' : 'preference'
}
