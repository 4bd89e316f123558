/** What would happen to a message, and why: the same decision that is made when one comes in, told. Pure. */
import { instantText } from '../../clock.ts'
import type { DeviceExplanation, MessageExplanation } from '../participating.ts'
import type { Facts, Registration } from '../state/queue.ts'
import { isListed, situationOf, type JudgedDevice, type Situation, type UserSnapshot } from './applicability.ts'
import { decidingProfile, isRecorded } from './deferral.ts'
import { takesAll } from './media.ts'
import { decide, type Outcome } from './on-arrival.ts'
import { expiryOf } from './on-expiry.ts'

export function explain(
  facts: Facts,
  snapshot: UserSnapshot,
  registrations: readonly Registration[],
): MessageExplanation {
  const situation = situationOf(snapshot, facts)
  const outcome = decide(situation)
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
      .map((registration) => deviceOf(registration, situation, outcome, facts)),
    recorded: isKept && isRecorded(inForce, facts),
    ...(outcome.kind === 'defer' ? { mode, until, then: onExpiry } : {}),
  }
}

/** The rule behind the outcome, if a rule it was. */
function ruleOf({ devices, defaultSays }: Situation, { kind }: Outcome): string | undefined {
  const said = devices.length > 0 ? devices.map(({ says }) => says) : [defaultSays]
  return said.find(({ action }) => action === kind)?.ruleId
}

function deviceOf({ device }: Registration, { devices }: Situation, outcome: Outcome, facts: Facts): DeviceExplanation {
  const judged = devices.find(({ registration }) => registration.device === device)
  const gets = outcome.kind === 'deliver' && outcome.to.some(({ registration }) => registration.device === device)
  return {
    device,
    gets,
    because: gets ? 'applicable' : judged === undefined ? 'not-registered' : whyNot(judged, facts),
  }
}

function whyNot(judged: JudgedDevice, facts: Facts): DeviceExplanation['because'] {
  const { registration, inForce, fit, covered, says } = judged
  if (!isListed(inForce.profile.devices.messages, registration.device)) return 'not-listed'
  if (fit !== 'fits') {
    const isTaken = takesAll(registration.accepts, facts.partTypes)
    return isTaken ? 'too-large' : 'does-not-accept'
  }
  return says.action === 'deliver' && covered ? 'do-not-disturb' : 'preference'
}
