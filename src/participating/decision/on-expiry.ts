/** How long a deferred message is kept, and what becomes of it then (D3). */
import type { Instant } from '../../clock.ts'
import { after } from '../../preferences/duration.ts'
import type { InForce, PolicyInForce } from '../../preferences/in-force.ts'
import type { HeldMessage } from '../state/queue.ts'

/** Fixed at acceptance, never started again: received + the policy's keep-at-most. */
export function keepUntil(policy: PolicyInForce, received: Instant): Instant {
  return after(received, policy.limits.keepAtMost)
}

/** The earliest of what the user wants (keep-for), what the sender wants (`own`) and what the provider allows. */
export function expiryOf(
  inForce: InForce,
  policy: PolicyInForce,
  received: Instant,
  own: Instant | undefined,
): Instant {
  return Math.min(after(received, inForce.profile.deferred.keepFor), own ?? Infinity, keepUntil(policy, received))
}

export type Expiry =
  | { readonly kind: 'discard' }
  | { readonly kind: 'extend'; readonly until: Instant }
  /** It goes to the message store. */
  | { readonly kind: 'store' }

/**
 * What the preferences of now do with a message that has expired (D3, D14). An extension is strictly later, and never
 * beyond what the provider allows.
 */
export function onExpiry(inForce: InForce, policy: PolicyInForce, entry: HeldMessage): Expiry {
  const { onExpiry: action, extendBy, extensions = 0, then = 'discard' } = inForce.profile.deferred
  if (action !== 'extend') return { kind: action }
  const allowed = Math.min(extensions, policy.limits.extensionsAtMost)
  const until = extendBy === undefined ? entry.expires : Math.min(after(entry.expires, extendBy), entry.keepUntil)
  return entry.extensions < allowed && until > entry.expires ? { kind: 'extend', until } : { kind: then }
}
