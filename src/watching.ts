/** What tells of changes, built from the settings: the stream of them, and do-not-disturb where no participating function tells of it. */
import type { Clock, Randomness } from './clock.ts'
import type { Settings } from './config.ts'
import { createDescribing } from './feed/describe.ts'
import { createPositionIds } from './feed/ids.ts'
import type { Home } from './home/home.ts'
import { createStateTelling } from './notify/tell-state.ts'
import { createChanges, type Changes } from './notify/watch.ts'
import type { UserPreferences } from './preferences/in-force.ts'
import type { Store } from './store/store.ts'
import type { XmlLimits } from './xml/limits.ts'

export interface Watching {
  readonly changes: Changes
  start(): Promise<void>
  stop(): Promise<void>
}

export interface WatchingSeams {
  readonly clock: Clock
  readonly random: Randomness
  readonly preferencesOf: (home: Home) => Promise<UserPreferences>
  readonly xml: XmlLimits
  readonly log: { error(fields: object, text: string): void }
}

export async function openWatching(settings: Settings, store: Store, seams: WatchingSeams): Promise<Watching> {
  const { homes, accounts, journal, leases, metadata } = store
  const { clock, random, preferencesOf } = seams
  // The key of the positions is the store's, so that a position given before a start is one after it.
  const key = await metadata('feed-key', () => Buffer.from(random(16)).toString('base64'))
  const ids = createPositionIds(Buffer.from(key, 'base64'))
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
  return {
    changes: createChanges({ homes, accounts, journal, ids, clock, describing, preferencesOf, quietEvery }),
    async start() {
      if (tellsState) await telling.start()
    },
    async stop() {
      if (tellsState) await telling.stop()
    },
  }
}
