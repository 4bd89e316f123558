/** Slows down who guesses passwords: failures are counted for a user name at an address, and for an address. Nobody locks out anybody elsewhere. */
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
  /** @throws Refused `too-many-failures` for a failure beyond what is allowed: of attempts made at once, more than that may have been admitted. */
  failed(user: string, address: string): Promise<void>
}

/** `user` is a name as it was claimed, whether there is such a user or not. */
export function createThrottle(settings: ThrottleSettings): Throttle {
  const duration = settings.window / 1_000
  const ofUser = new RateLimiterMemory({ keyPrefix: 'user', points: settings.failuresOfUser, duration })
  const ofAddress = new RateLimiterMemory({ keyPrefix: 'address', points: settings.failuresOfAddress, duration })
  const limiters = (user: string, address: string): [RateLimiterMemory, string][] => {
    const block = addressBlock(address)
    return [[ofAddress, block], [ofUser, `${block} ${user}`]]
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
  }
}

function tooMany(state: RateLimiterRes): Refused {
  const retryAfter = Math.max(1, Math.ceil(state.msBeforeNext / 1_000))
  return new Refused({ kind: 'too-many-failures', detail: 'Too many attempts to log in have failed.', retryAfter })
}

/** Whoever has one IPv6 address has 2^64 of them (RFC 4291 §2.5.4), so those count as one. An IPv4 address in an IPv6 one counts as itself. */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [left = '', right] = address.split('%')[0]?.split('::') ?? []
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups = [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  return `${groups.slice(0, 4).join(':')}::/64`
}
