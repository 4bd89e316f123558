/** Who asks, and how far what he says of it is believed: what the store and the settings give to it. */
import { createTrust } from './access/asserted.ts'
import { createAuthentication } from './access/authenticate.ts'
import { createUnlocked } from './access/unlocked.ts'
import { createAddressOf } from './access/client-address.ts'
import type { LoginNews } from './access/login-news.ts'
import { createOriginOf } from './access/origin.ts'
import type { Clock, Randomness } from './clock.ts'
import { authenticationSettings, realmsOf, type Settings } from './config.ts'
import type { HttpRooms } from './http/rooms.ts'
import type { Store } from './store/store.ts'
import type { Workers } from './workers/channel.ts'

interface Parts {
  readonly clock: Clock
  readonly random: Randomness
  readonly workers: Workers | undefined
}

export async function authentication(
  settings: Settings,
  store: Store,
  { clock, random, workers }: Parts,
): Promise<Pick<HttpRooms, 'authenticate' | 'sessions' | 'heedUnlocks' | 'addressOf' | 'originOf' | 'trust'>> {
  const told = {
    addressOf: createAddressOf(settings.XDMS_TRUSTED_PROXIES),
    originOf: createOriginOf(settings.XDMS_TRUSTED_PROXIES),
    trust: createTrust(settings.XDMS_TRUSTED_PEERS),
  }
  const { authenticate, sessions, heedUnlocks } = createAuthentication({
    ...told,
    clock,
    random,
    accounts: store.accounts,
    homes: store.homes,
    realms: realmsOf(settings),
    settings: authenticationSettings(settings),
    unlocked: createUnlocked(store, clock, settings.XDMS_FAILURES_WINDOW_MS),
    ...(workers === undefined ? await nonceKey(settings, store, random) : ofWorkers(workers, clock)),
    sessionKey: await keyOf(store, 'session-key', random),
  })
  return { ...told, authenticate, sessions, heedUnlocks }
}

function keyOf(store: Store, name: string, random: Randomness): Promise<Uint8Array> {
  const made = store.metadata(name, () => Buffer.from(random(32)).toString('base64'))
  return made.then((text) => Buffer.from(text, 'base64'))
}

/** A connection may come to any of them. What was used before this one was there, nobody has told it. */
function ofWorkers(workers: Workers, clock: Clock) {
  return { nonceKey: workers.key, noncesSince: clock.now(), news: workers.channel<LoginNews>('logins') }
}

/**
 * Behind a balancer a client's next request may reach another server. Alone, a server takes no nonce from before its
 * start.
 */
async function nonceKey(
  { XDMS_STORE }: Settings,
  store: Store,
  random: Randomness,
): Promise<{ readonly nonceKey?: Uint8Array }> {
  if (XDMS_STORE === undefined) return {}
  return { nonceKey: await keyOf(store, 'nonce-key', random) }
}
