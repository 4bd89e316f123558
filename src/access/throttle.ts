/**
 * Slows down who guesses passwords: failures are counted for a user name at an address, and for an address. What
 * shuts a guesser out shuts out nobody who proves himself, and who is let in all the same cannot be told from
 * outside: a wrong answer gets the same bytes for every name.
 */
import { isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Clock } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { Role } from './account.ts'
import { createLogins, type Logins } from './login-news.ts'
import { LeakyCounter } from './leaky-counter.ts'
import type { Place } from './leaky-counter.ts'

export interface ThrottleSettings {
  /** Milliseconds over which the failures allowed are forgotten, one after the other. */
  readonly window: number
  /** Failures for one user at one address. */
  readonly failuresOfUser: number
  /** Failures at one address. */
  readonly failuresOfAddress: number
}

/** An attempt to log in that is under way. One of the two is to be called once, when the response was verified. */
export interface Attempt {
  /**
   * From now on failures of others at this address do not count for the user.
   * @throws Refused `too-many-failures` where only a participating function, or who is known at this address, is let
   * in.
   */
  right(role: Role): void
  /** @throws Refused `too-many-failures` for every failure beyond what is allowed. */
  wrong(): void
  /** It was not verified at all. */
  abandoned(): void
}

export interface Throttle {
  /** Counts the attempt before it is verified. It always may be verified; what comes of it, its outcome says. */
  attempt(user: string, address: string): Promise<Attempt>
  /** Forgets what is to be forgotten by now. It does so by itself before it refuses anybody. */
  heed(): Promise<void>
}

/** Users at their addresses, the latest ones; a forgotten one is a newcomer again. */
const WELL_KNOWN_AT_MOST = 20_000

/**
 * `user` is a name as it was claimed, whether there is such a user or not.
 * @param unlocked the names that were unlocked since it was last asked: the failures under each are forgotten, and all
 * those at the addresses where they were.
 */
export function createThrottle(
  clock: Clock,
  settings: ThrottleSettings,
  unlocked: () => Promise<readonly string[]>,
  logins: Logins = createLogins(undefined),
): Throttle {
  const ofUser = new LeakyCounter(clock, settings.failuresOfUser, settings.window)
  const ofAddress = new LeakyCounter(clock, settings.failuresOfAddress, settings.window)
  const wellKnown = new Set<string>()

  /** @returns whether that is new. */
  const remember = (here: string): boolean => {
    if (wellKnown.has(here)) return false
    wellKnown.add(here)
    if (wellKnown.size > WELL_KNOWN_AT_MOST) wellKnown.delete(wellKnown.values().next().value ?? '')
    return true
  }

  hearOfGuesses(logins, ofUser, ofAddress, remember)

  const heed = async (): Promise<void> => {
    for (const user of await unlocked()) {
      const keys = ofUser.forget((key) => key.slice(key.indexOf(' ') + 1) === user)
      const blocks = new Set(keys.map((key) => key.slice(0, key.indexOf(' '))))
      ofAddress.forget((block) => blocks.has(block))
    }
  }

  const enter = async (here: string, block: string) => {
    // First the one, then the other, always in this order: nobody waits for the second who holds up the first.
    const own = await ofUser.enter(here)
    const shared = await ofAddress.enter(block)
    const places = [own, shared].filter((each): each is Place => 'leave' in each)
    const leave = (failed: boolean): void => places.forEach((place) => place.leave(failed))
    const wait = Math.max('wait' in own ? own.wait : 0, 'wait' in shared ? shared.wait : 0)
    return { own, leave, wait }
  }

  return {
    heed,
    async attempt(user, address) {
      const block = addressBlock(address)
      const here = `${block} ${user}`
      const first = await enter(here, block)
      let { own, leave, wait } = first
      if (wait > 0) {
        // Whatever the password is, so that the time that it takes says nothing of it.
        leave(false)
        await heed()
        ;({ own, leave, wait } = await enter(here, block))
      }
      return {
        right(role) {
          leave(false)
          const ownIsFull = 'wait' in own
          const isLetIn = role === 'participating-function' || (!ownIsFull && wellKnown.has(here))
          if (wait > 0 && !isLetIn) throw tooMany(wait)
          if (remember(here)) logins.tell({ kind: 'well-known', user, address })
        },
        wrong() {
          leave(true)
          if (wait === 0) logins.tell({ kind: 'wrong', user, address })
          if (wait > 0) throw tooMany(wait)
        },
        abandoned: () => leave(false),
      }
    },
  }
}

/** What was tried at another worker counts as if it had been tried here. */
function hearOfGuesses(
  logins: Logins,
  ofUser: LeakyCounter,
  ofAddress: LeakyCounter,
  remember: (here: string) => unknown,
): void {
  logins.hear((news) => {
    if (news.kind !== 'wrong' && news.kind !== 'well-known') return
    const block = addressBlock(news.address)
    const here = `${block} ${news.user}`
    if (news.kind === 'well-known') return void remember(here)
    ofUser.add(here)
    ofAddress.add(block)
  })
}

/**
 * Verifies one attempt, and counts it.
 * @param verify gives who it is, where what was sent is right.
 * @throws Refused `too-many-failures`
 */
export async function verifyOnce<Known extends { readonly account: { readonly role: Role } }>(
  throttle: Throttle,
  user: string,
  address: string,
  verify: () => Promise<Known | undefined>,
): Promise<Known | undefined> {
  const attempt = await throttle.attempt(user, address)
  let known: Known | undefined
  try {
    known = await verify()
  } catch (error) {
    attempt.abandoned()
    throw error
  }
  if (known === undefined) attempt.wrong()
  else attempt.right(known.account.role)
  return known
}

function tooMany(wait: number): Refused {
  const retryAfter = Math.max(1, Math.ceil(wait / 1_000))
  return new Refused({ kind: 'too-many-failures', detail: 'Too many attempts to log in have failed.', retryAfter })
}

/** RFC 4291 §2.5.5.2 */
const IPV4_IN_IPV6 = '::ffff:'

/**
 * Whoever has one IPv6 address has 2^64 of them (RFC 4291 §2.5.4), so those count as one. An IPv4 address in an IPv6
 * one counts as itself.
 */
export function addressBlock(address: string): string {
  // Nearly all are written as node does, which is how the library would write them.
  const plain = address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address
  if (isIPv4(plain)) return plain
  const [known = ''] = address.split('%')
  if (!ipaddr.isValid(known)) return address
  const read = ipaddr.process(known)
  if (read instanceof ipaddr.IPv4) return read.toString()
  return `${read.parts
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}
