/**
 * What a subscriber does with his webhooks. Each change is a record of the journal too, by which whoever delivers hears
 * of it.
 */
import type { Principal } from '../../access/account.ts'
import { identifier, type Clock, type Instant, type Randomness } from '../../clock.ts'
import type { View } from '../../feed/changes.ts'
import type { PositionIds } from '../../feed/ids.ts'
import type { Journal } from '../../feed/journal.ts'
import type { Homes } from '../../home/home.ts'
import { update } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import { subscriptionsOf, withSubscriptions, type Subscription, type SubscriptionLimits } from './subscription.ts'

export interface SubscriptionRequest {
  readonly url: string
  readonly what: readonly string[]
  readonly form: View['form']
  readonly diff: View['diff']
  readonly root: string
  /** Milliseconds. */
  readonly lifetime: number | undefined
}

export interface Subscribing {
  /** @throws Refused `over-quota`, `not-of-the-format` for a URL that is never asked */
  subscribe(principal: Principal, request: SubscriptionRequest): Promise<Subscription>
  all(xui: Xui): Promise<readonly Subscription[]>
  one(xui: Xui, id: string): Promise<Subscription | undefined>
  /** Longer, and once more if it has ended. `undefined`: there is none. */
  renew(xui: Xui, id: string, lifetime: number | undefined): Promise<Subscription | undefined>
  /** From behind `after`, at once. @throws Refused `not-of-the-format` for an id that was never given */
  replay(xui: Xui, id: string, after: string): Promise<Subscription | undefined>
  /** False: there is none. */
  unsubscribe(xui: Xui, id: string): Promise<boolean>
  /** The id of the position that a subscription has reached. */
  positionId(subscription: Subscription): string
}

export interface SubscribingParts {
  readonly homes: Homes
  readonly journal: Journal
  readonly ids: PositionIds
  readonly clock: Clock
  readonly random: Randomness
  readonly limits: SubscriptionLimits
  readonly secret: () => string
  /** Why a URL will never be asked. */
  readonly refusalOf: (url: string) => string | undefined
}

export function createSubscribing(parts: SubscribingParts): Subscribing {
  const { homes, journal, ids, clock, random, limits } = parts
  const expiry = (now: Instant, lifetime = limits.lifetime): Instant => now + Math.min(lifetime, limits.lifetimeAtMost)

  const { change, changeOne } = createChanges(homes, clock)

  return {
    async subscribe({ xui }, { lifetime, ...request }) {
      const refusal = parts.refusalOf(request.url)
      if (refusal !== undefined) throw notOfTheFormat('/url', refusal)
      const now = clock.now()
      const made: Subscription = {
        ...request,
        id: identifier(random),
        version: 1,
        replays: 0,
        secret: parts.secret(),
        made: now,
        expires: expiry(now, lifetime),
        state: 'pending',
        position: await journal.head(),
        presented: request.what.length === 0,
        failures: 0,
      }
      await change(xui, (all) => withNew(made, all, now, limits))
      return made
    },

    all: async (xui) => subscriptionsOf(await homes.read(xui)),
    one: async (xui, id) => subscriptionsOf(await homes.read(xui)).find((one) => one.id === id),

    renew(xui, id, lifetime) {
      const now = clock.now()
      return changeOne(xui, id, ({ ended, failingSince: _, next: __, ...rest }) => ({
        ...rest,
        expires: expiry(now, lifetime),
        // Who had ended proves once more that the target is his.
        state: ended === undefined ? rest.state : 'pending',
        failures: 0,
      }))
    },

    async replay(xui, id, after) {
      const position = ids.positionOf(after)
      // One beyond the head was given before the store lost its end: behind it would be skipped what is new.
      if (position === undefined || position > (await journal.head()))
        throw notOfTheFormat('/after', 'is no id of a change')
      return changeOne(xui, id, ({ next: _, replays, ...rest }) => ({
        ...rest,
        replays: replays + 1,
        position,
        presented: true,
      }))
    },

    unsubscribe: (xui, id) =>
      change(xui, (all) => (all.some((one) => one.id === id) ? all.filter((one) => one.id !== id) : all)),

    positionId: ({ position }) => ids.idOf(position),
  }
}

function createChanges(homes: Homes, clock: Clock) {
  /** @param make what becomes of all of the user's; the same array: nothing. */
  const change = (xui: Xui, make: (all: readonly Subscription[]) => readonly Subscription[]): Promise<boolean> =>
    update(homes, xui, (home) => {
      const before = subscriptionsOf(home)
      const after = make(before)
      if (after === before) return { answer: false }
      const record = { kind: 'subscription', at: clock.now() } as const
      return {
        answer: true,
        commit: { home: withSubscriptions(home, after), outbox: [{ kind: 'journal', owner: xui, record }] },
      }
    })

  const changeOne = async (
    xui: Xui,
    id: string,
    make: (subscription: Subscription) => Subscription,
  ): Promise<Subscription | undefined> => {
    let changed: Subscription | undefined
    await change(xui, (all) => {
      const before = all.find((one) => one.id === id)
      changed = before && { ...make(before), version: before.version + 1 }
      return changed === undefined ? all : all.map((one) => (one === before ? (changed as Subscription) : one))
    })
    return changed
  }

  return { change, changeOne }
}

function withNew(
  made: Subscription,
  all: readonly Subscription[],
  now: Instant,
  limits: SubscriptionLimits,
): readonly Subscription[] {
  const kept = all.filter(({ ended }) => ended === undefined || now - ended.at < limits.keptAfterEnd)
  if (kept.filter(({ state }) => state !== 'ended').length >= limits.ofUser)
    throw new Refused({ kind: 'over-quota', detail: `A user has at most ${limits.ofUser} subscriptions.` })
  // Those that have ended count only as long as there is room.
  const room = kept.filter(({ state }, place) => state !== 'ended' || kept.length - place < limits.ofUser)
  return [...room, made]
}

function notOfTheFormat(path: string, message: string): Refused {
  return new Refused({
    kind: 'not-of-the-format',
    detail: 'The body is not of the format.',
    errors: [{ path, message }],
  })
}
