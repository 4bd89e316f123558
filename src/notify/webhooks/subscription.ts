/** A subscription by webhook: what it is, and what becomes of it. It lies in its subscriber's home. */
import type { Instant, Randomness } from '../../clock.ts'
import type { View } from '../../feed/changes.ts'
import type { Position } from '../../feed/journal.ts'
import { partOf, withPart, type Home, type Part } from '../../home/home.ts'

export interface Subscription {
  readonly id: string
  /** One more with each change that the subscriber made: a delivery under way does not overwrite it. */
  readonly version: number
  /** How often it was replayed. */
  readonly replays: number
  readonly url: string
  readonly secret: string
  /** As it was given; empty: everything that the subscriber may see. */
  readonly what: readonly string[]
  readonly form: View['form']
  readonly diff: View['diff']
  /** The XCAP root as a URI. */
  readonly root: string
  readonly made: Instant
  readonly expires: Instant
  readonly state: 'pending' | 'active' | 'failing' | 'ended'
  /** Up to here everything was delivered. */
  readonly position: Position
  /** Whether what was there at its beginning was delivered. */
  readonly presented: boolean
  /** Since the last delivery that succeeded. */
  readonly failures: number
  readonly failingSince?: Instant
  readonly lastError?: string
  /** When the next attempt is due. */
  readonly next?: Instant
  readonly ended?: { readonly at: Instant; readonly because: EndReason }
}

export type EndReason = 'expired' | 'unconfirmed' | 'failing' | 'gone' | 'no-account'

/** How long is borne what, in milliseconds, and how many subscriptions a user may have. */
export interface SubscriptionLimits {
  readonly ofUser: number
  readonly lifetime: number
  readonly lifetimeAtMost: number
  /** An attempt, from looking up the name to the end of the answer. */
  readonly attempt: number
  readonly retryFirst: number
  readonly retryAtMost: number
  /** A target that has not answered its challenge within this time never will. */
  readonly confirmWithin: number
  /** A target that has taken nothing for so long is given up. */
  readonly failingAtMost: number
  /** One that has ended can be looked at for so long. */
  readonly keptAfterEnd: number
  /** Attempts of all subscriptions at once. */
  readonly attemptsAtOnce: number
}

/** The name of the part of a home that holds them. */
export const SUBSCRIPTIONS_PART = 'subscriptions'

const subscriptions: Part<readonly Subscription[]> = { name: SUBSCRIPTIONS_PART, empty: [] }

export function subscriptionsOf(home: Home): readonly Subscription[] {
  return partOf(home, subscriptions)
}

export function withSubscriptions(home: Home, all: readonly Subscription[]): Home {
  return withPart(home, subscriptions, all)
}

/** An attempt succeeded. What was delivered is said by `position` and `presented`. */
export function succeeded(subscription: Subscription): Subscription {
  const { failingSince: _, lastError: __, next: ___, ...rest } = subscription
  return { ...rest, state: 'active', failures: 0 }
}

/**
 * An attempt failed: the next one comes after twice the time, up to a bound, give or take a fifth, so that
 * subscriptions that failed together do not come together again.
 * @param wait what the target asked for.
 */
export function failed(
  subscription: Subscription,
  error: string,
  now: Instant,
  random: Randomness,
  limits: SubscriptionLimits,
  wait = 0,
): Subscription {
  const failingSince = subscription.failingSince ?? now
  const pending = subscription.state === 'pending'
  const patience = pending ? limits.confirmWithin : limits.failingAtMost
  const failures = subscription.failures + 1
  const after = { ...subscription, failures, failingSince, lastError: error.slice(0, ERROR_AT_MOST) }
  if (now - failingSince >= patience) return ended(after, pending ? 'unconfirmed' : 'failing', now)
  const doubled = Math.min(limits.retryFirst * 2 ** Math.min(failures - 1, DOUBLED_AT_MOST), limits.retryAtMost)
  const share = (random(1)[0] ?? 0) / 255
  const next = now + Math.max(wait, Math.round(doubled * (1 + JITTER * (2 * share - 1))))
  return { ...after, state: pending ? 'pending' : 'failing', next }
}

const JITTER = 0.2
/** Farther than this nothing is doubled: the bound was reached long before. */
const DOUBLED_AT_MOST = 30
const ERROR_AT_MOST = 200

export function ended(subscription: Subscription, because: EndReason, now: Instant): Subscription {
  const { next: _, ...rest } = subscription
  return { ...rest, state: 'ended', ended: { at: now, because } }
}
