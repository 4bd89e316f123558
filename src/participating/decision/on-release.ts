/**
 * May a message that waits go now, and to whom (D14)? Pure. Present preferences only say when: what was answered 202 is
 * not decided anew, so a `reject`, `forward` or `store` of now makes it wait.
 */
import { decide } from './on-arrival.ts'
import type { JudgedDevice, Situation } from './applicability.ts'

export type Permission =
  | { readonly kind: 'may-go'; readonly to: readonly JudgedDevice[] }
  | { readonly kind: 'waits'; readonly reason: 'preference' | 'do-not-disturb' | 'no-applicable-device' }

/**
 * @param turn the place of the message in its home: a registration with a later one began after the message was
 * deferred (D9).
 */
export function permissionOf(situation: Situation, turn: number): Permission {
  const wanting = situation.devices.filter(
    ({ fit, says, registration }) =>
      fit !== 'misfit' && (says.action === 'deliver' || (says.action === 'defer' && registration.turn > turn)),
  )
  const to = wanting.filter(({ covered }) => !covered)
  if (to.length > 0) return { kind: 'may-go', to }
  // D4: while do-not-disturb holds nothing leaves to a device that it covers.
  if (wanting.length > 0) return { kind: 'waits', reason: 'do-not-disturb' }
  const outcome = decide(situation)
  return { kind: 'waits', reason: outcome.kind === 'defer' ? outcome.reason : 'preference' }
}
