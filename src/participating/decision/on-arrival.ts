/**
 * What is done with a message that comes in: B §5.2.2.1.3 in its own order, over several devices as P7 reads. Pure.
 */
import type { Action } from '../../preferences/model.ts'
import type { JudgedDevice, Situation } from './applicability.ts'

export type Outcome =
  | { readonly kind: 'deliver'; readonly to: readonly JudgedDevice[] }
  | { readonly kind: 'defer'; readonly reason: 'preference' | 'do-not-disturb' | 'no-applicable-device' }
  | { readonly kind: 'forward'; readonly to: string }
  | { readonly kind: 'reject' | 'interwork' | 'store' | 'discard' }

export function decide(situation: Situation): Outcome {
  const deliverers = situation.devices.filter(({ fit, says }) => fit !== 'misfit' && says.action === 'deliver')

  // P7, B §5.2.2.1.3: "send … towards each applicable registered CPM Client"; NOTE 5: no other receives it.
  const notCovered = deliverers.filter(({ covered }) => !covered)
  if (notCovered.length > 0) return { kind: 'deliver', to: notCovered }

  // B §5.2.2.1.3: defer, if preferences indicate delivery, "but the user has also indicated to not disturb".
  if (deliverers.length > 0) return { kind: 'defer', reason: 'do-not-disturb' }

  // U10: a device whose profile says deliver, though it cannot take the message now, keeps the message waiting for it.
  if (situation.devices.some(({ says }) => says.action === 'deliver'))
    return { kind: 'defer', reason: 'no-applicable-device' }

  const said = judgements(situation)
  const says = (action: Action): boolean => said.some((judgement) => judgement.action === action)
  // B §5.2.2.1.3: reject, if "user preferences of the recipient indicate rejection". NOTE 3: do-not-disturb has no
  // effect on these four.
  if (says('reject')) return { kind: 'reject' }
  // B §5.2.2.1.3: hand over to the Interworking Selection Function, if preferences "indicate interworking".
  if (says('interwork')) return { kind: 'interwork' }
  // B §5.2.2.1.3: deliver to the Message Storage Server, if preferences indicate it.
  if (says('store')) return { kind: 'store' }
  // B §5.2.2.1.3: forward to a different address, if preferences indicate a specific one.
  const forwards = said.find(({ action }) => action === 'forward')
  if (forwards !== undefined) return { kind: 'forward', to: forwards.to ?? '' }
  // X8: discarding answers 202 and ends at once.
  if (says('discard')) return { kind: 'discard' }

  // B §5.2.2.1.3: defer, if preferences indicate deferring; or delivery, "but no applicable CPM Client of the recipient
  // is registered".
  return { kind: 'defer', reason: saysDeferByPreference(situation) ? 'preference' : 'no-applicable-device' }
}

/** Of each registered device's profile; of the default profile where none is registered (P7). */
function judgements(situation: Situation): readonly JudgedDevice['says'][] {
  return situation.devices.length > 0 ? situation.devices.map(({ says }) => says) : [situation.defaultSays]
}

/**
 * The user's own will: a rule, what he says for when he is available, or his own `unavailable`. The provider's
 * `unavailable` is none.
 */
function saysDeferByPreference(situation: Situation): boolean {
  const { devices, defaultProfile, defaultSays } = situation
  const heard = devices.length > 0 ? devices : [{ inForce: defaultProfile, says: defaultSays }]
  return heard.some(
    ({ inForce, says }) => says.action === 'defer' && (says.because !== 'unavailable' || inForce.ownUnavailable),
  )
}
