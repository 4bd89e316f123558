/**
 * May a message that waits go now, and to whom (D14)? Pure. Present preferences only say when: what was answered 202 is not decided anew,
 * so a `reject` or `discard` of now makes it wait.
 */
import { decide } from './on-arrival.ts'
import type { JudgedDevice, Situation } from './applicability.ts'

export type Permission =
  | { readonly kind: 'may-go'; readonly to: readonly JudgedDevice[] }
  | { readonly kind: 'waits'; readonly reason: 'preference' | 'do-not-disturb' | 'no-applicable-device' }
  /** Preferences of now ask for what is not built. */
  | { readonly kind: 'meets'; readonly missing: 'interwork' | 'store' | 'forward' }

/** @param turn the place of the message in its home: a registration with a later one began after the message was deferred (D9). */
export function permissionOf(situation: Situation, turn: number): Permission {
  const wanting = situation.devices.filter(
    ({ fit, says, registration }) =>
      fit === 'fits' && (says.action === 'deliver' || (says.action === 'defer' && registration.turn > turn)),
  )
  const to = wanting.filter(({ covered }) => !covered)
  if (to.length > 0) return { kind: 'may-go', to }
  // D4: while do-not-disturb holds nothing leaves to a device that it covers.
  if (wanting.length > 0) return { kind: 'waits', reason: 'do-not-disturb' }
  const outcome = decide(situation)
  switch (outcome.kind) {
    case 'interwork':
    case 'store':
    case 'forward':
      return { kind: 'meets', missing: outcome.kind }
    case 'defer':
      return { kind: 'waits', reason: outcome.reason }
    default:
      return { kind: 'waits', reason: 'preference' }
  }
}
