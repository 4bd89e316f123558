/**
 * Slows down who guesses passwords: failures are counted for a user name at an address, and for an address. Nobody
 * locks out anybody elsewhere, nor, behind one proxy, those who have logged in from there before.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { Refused } from '../refusal.ts'

export interface ThrottleSettings {
  /** Milliseconds from the first failure on, after which failures are forgotten. */
  readonly window: number
  /** Failures for one user at one address. */
  readonly failuresOfUser: number
  /** Failures at one address. */
  readonly failuresOfAddress: number
}

export interface Throttle {
  /** @throws Refused `too-many-failures` while no further attempt is looked at. */
  admit(user: string, address: string): Promise<void>
  /**
   * @throws Refused `too-many-failures` for a failure beyond what is allowed: of attempts made at once, more than that
   * may have been admitted.
   */
  failed(user: string, address: string): Promise<void>
  /** From now on failures of others at this address do not count for the user. */
  succeeded(user: string, address: string): void
}

/** Users at their addresses, the latest ones; a forgotten one is a newcomer again. */
const WELL_KNOWN_AT_MOST = 20_000

/** `user` is a name as it was claimed, whether there is such a user or not. */
export function createThrottle(settings: ThrottleSettings): Throttle {
  const duration = settings.window / 1_000
  const ofUser = new RateLimiterMemory({ keyPrefix: 'user', points: settings.failuresOfUser, duration })
  const ofAddress = new RateLimiterMemory({ keyPrefix: 'address', points: settings.failuresOfAddress, duration })
  const wellKnown = new Set<string>()
  const limiters = (user: string, address: string): [RateLimiterMemory, string][] => {
    const block = addressBlock(address)
    const here = `${block} ${user}`
    return wellKnown.has(here)
      ? [[ofUser, here]]
      : [
          [ofAddress, block],
          [ofUser, here],
        ]
  }

  return {
    async admit(user, address) {
      for (const [limiter, key] of limiters(user, address)) {
        const state = await limiter.get(key)
        if (state !== null && state.consumedPoints >= limiter.points) throw tooMany(state)
      }
    },
    async failed(user, address) {
      for (const [limiter, key] of limiters(user, address)) {
        await limiter.consume(key).catch((state: unknown) => {
          throw state instanceof RateLimiterRes ? tooMany(state) : state
        })
      }
    },
    succeeded(user, address) {
      const here = `${addressBlock(address)} ${user}`
      if (wellKnown.has(here)) return
      wellKnown.add(here)
      if (wellKnown.size > WELL_KNOWN_AT_MOST) wellKnown.delete(wellKnown.values().next().value ?? '')
    },
  }
}

function tooMany(state: RateLimiterRes): Refused {
  const retryAfter = Math.max(1, Math.ceil(state.msBeforeNext / 1_000))
  return new Refused({ kind: 'too-many-failures', detail: 'Too many attempts to log in have failed.', retryAfter })
}

/**
 * Whoever has one IPv6 address has 2^64 of them (RFC 4291 §2.5.4), so those count as one. An IPv4 address in an IPv6
 * one counts as itself.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [left = '', right] = address.split('%')[0]?.split('::') ?? []
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  return `${groups.slice(0, 4).join(':')}::/64`
}
