/**
 * What tells of changes, built from the settings: the stream of them, webhooks, and do-not-disturb where no
 * participating function tells of it.
 */
import type { Clock, Randomness } from './clock.ts'
import type { Settings } from './config.ts'
import { createDescribing } from './feed/describe.ts'
import { createPositionIds, FEED_KEY } from './feed/ids.ts'
import type { Home } from './home/home.ts'
import { readTargets } from './feed/targets.ts'
import { createTail } from './notify/tail.ts'
import { createStateTelling } from './notify/tell-state.ts'
import { createChanges, type Changes } from './notify/watch.ts'
import { createAttempts } from './notify/webhooks/attempt.ts'
import { Serving } from './notify/webhooks/serve.ts'
import { createSubscribing, type Subscribing } from './notify/webhooks/subscribe.ts'
import type { SubscriptionLimits } from './notify/webhooks/subscription.ts'
import { createPosting } from './outbound/post.ts'
import { webhookSecret } from './outbound/signed.ts'
import { createTargets } from './outbound/targets.ts'
import type { UserPreferences } from './preferences/in-force.ts'
import type { Store } from './store/store.ts'
import type { ApplicationUsages } from './xcap/application-usage.ts'
import type { XmlLimits } from './xml/limits.ts'

export interface Watching {
  readonly changes: Changes
  readonly subscribing: Subscribing
  start(): Promise<void>
  stop(): Promise<void>
}

export interface WatchingSeams {
  readonly clock: Clock
  readonly random: Randomness
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
  readonly xml: XmlLimits
  readonly usages: ApplicationUsages
  readonly log: { error(fields: object, text: string): void }
}

export async function openWatching(settings: Settings, store: Store, seams: WatchingSeams): Promise<Watching> {
  const { homes, accounts, journal, leases, metadata } = store
  const { clock, random, preferencesOf } = seams
  // The key of the positions is the store's, so that a position given before a start is one after it.
  const key = await metadata(FEED_KEY, () => Buffer.from(random(16)).toString('base64'))
  const ids = createPositionIds(Buffer.from(key, 'base64'), random)
  const describing = createDescribing({ homes, xml: seams.xml })
  const quietEvery = settings.XDMS_QUIET_MS
  const telling = createStateTelling({
    ...seams,
    homes,
    leases,
    sweepEvery: settings.XDMS_SWEEP_MS,
    leaseFor: settings.XDMS_LEASE_MS,
  })
  const tellsState = !settings.XDMS_PARTICIPATING
  const tail = createTail(journal, ids, clock)
  const present = { homes, accounts, journal, ids, tail, clock, describing, preferencesOf }
  const limits = subscriptionLimits(settings)
  const posting = createPosting(createTargets(settings.XDMS_WEBHOOK_TARGETS), () => clock.now())
  const serving = new Serving({
    ...present,
    leases,
    random,
    limits,
    attempts: createAttempts({ posting, clock, random, atMost: limits.attempt }),
    targetsOf: (what, principal) => readTargets(what, seams.usages, principal),
    leaseFor: settings.XDMS_LEASE_MS,
    sweepEvery: settings.XDMS_SWEEP_MS,
    log: seams.log,
  })
  const { refusalOf } = posting
  const secret = (): string => webhookSecret(random)
  return {
    changes: createChanges({ ...present, quietEvery }),
    subscribing: createSubscribing({ homes, journal, ids, clock, random, limits, secret, refusalOf }),
    async start() {
      if (tellsState) await telling.start()
      await serving.start()
    },
    async stop() {
      await serving.stop()
      posting.close()
      if (tellsState) await telling.stop()
    },
  }
}

function subscriptionLimits(settings: Settings): SubscriptionLimits {
  return {
    ofUser: settings.XDMS_SUBSCRIPTIONS_OF_USER,
    lifetime: settings.XDMS_SUBSCRIPTION_SECONDS * 1000,
    lifetimeAtMost: settings.XDMS_SUBSCRIPTION_SECONDS_AT_MOST * 1000,
    attempt: settings.XDMS_WEBHOOK_MS,
    attemptsAtOnce: settings.XDMS_WEBHOOKS_AT_ONCE,
    retryFirst: settings.XDMS_WEBHOOK_RETRY_FIRST_MS,
    retryAtMost: settings.XDMS_WEBHOOK_RETRY_AT_MOST_MS,
    confirmWithin: settings.XDMS_WEBHOOK_CONFIRM_MS,
    failingAtMost: settings.XDMS_WEBHOOK_FAILING_MS,
    keptAfterEnd: settings.XDMS_JOURNAL_KEPT_MS,
  }
}
