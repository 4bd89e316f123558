/**
 * Leases: what one server at a time does for all of them. Who has one is decided by the store (compare and swap), and
 * no clocks of two machines are compared: a holder renews its claim by writing a new random beat, and whoever saw the
 * same claim for the length of a lease, by his own clock, claims it with the next token.
 *
 * A lease saves work, it protects nothing: a holder may be frozen right behind the question whether it still holds, and
 * a clock may jump. What is done under a lease is therefore decided from a home and committed by compare and swap on
 * its revision; that is the fence.
 */
import { identifier, type Clock, type Instant, type Randomness } from '../clock.ts'

/** The newest claim to a lease. */
export interface Claim {
  /** One more with each change of hands, so it tells an older claim from a newer one. */
  readonly token: number
  /** Names one holder, and never another one; `undefined`: given up. */
  readonly holder: string | undefined
  /** Random; another one with each renewal. */
  readonly beat: string
}

/** What the rooms need from storage. Each rejects with `Refused` of kind `unavailable` as those of `Homes` do. */
export interface Leases {
  /** `undefined`: nobody ever claimed it. */
  read(name: string): Promise<Claim | undefined>
  /**
   * Compare and swap, durable before it resolves: `claim` in place of `seen`, if that is still the newest one (same
   * token, same beat; no claim at all where `seen` is `undefined`). False: somebody else was first, and nothing was
   * stored.
   */
  swap(name: string, seen: Claim | undefined, claim: Claim): Promise<boolean>
  /** Whoever has them is another process of this very server, and has just begun: nothing is taken over from it. */
  readonly areTaken?: boolean
}

export interface Lease {
  /**
   * Claims it, whoever has it: who did finds out with his next renewal. For a start: a server that was killed and comes
   * back must not wait for itself. @throws Refused `unavailable`
   */
  takeOver(): Promise<void>
  /** Claims it or renews it, where that is due. @returns the token while it is ours. @throws Refused `unavailable` */
  hold(): Promise<number | undefined>
  /** Gives it up, so that another one may claim it at once. @throws Refused `unavailable` */
  release(): Promise<void>
}

interface LeaseRooms {
  readonly leases: Leases
  readonly clock: Clock
  readonly random: Randomness
  /** Milliseconds. */
  readonly leaseFor: number
}

/** Renewed so often within its time: one renewal may come late without anybody noticing. */
const RENEWALS = 3

interface Held {
  readonly token: number
  /** By this process’ clock, before it asked the store. */
  readonly renewed: Instant
}

/** What this process has to do with the lease of that name; not called again before it has resolved. */
export function createLease({ leases, clock, random, leaseFor }: LeaseRooms, name: string): Lease {
  const draw = (): string => identifier(random)
  const holder = draw()
  let held: Held | undefined
  let observed: { readonly claim: Claim; readonly since: Instant } | undefined

  /** Whether he who has it has shown no sign of life for as long as a lease lasts. */
  const isSilent = (claim: Claim, now: Instant): boolean => {
    const isSame = observed?.claim.token === claim.token && observed.claim.beat === claim.beat
    // A clock that was set back begins anew.
    if (observed === undefined || !isSame || now < observed.since) observed = { claim, since: now }
    return now - observed.since >= leaseFor
  }

  const claim = async (newest: Claim | undefined, token: number, now: Instant): Promise<number | undefined> => {
    if (!(await leases.swap(name, newest, { token, holder, beat: draw() }))) return undefined
    held = { token, renewed: now }
    return token
  }

  return {
    async takeOver() {
      if (leases.areTaken === true) return
      const now = clock.now()
      const newest = await leases.read(name)
      await claim(newest, (newest?.token ?? 0) + 1, now)
    },
    async hold() {
      const now = clock.now()
      if (held !== undefined && now >= held.renewed && now - held.renewed < leaseFor / RENEWALS) return held.token
      held = undefined
      const newest = await leases.read(name)
      if (newest?.holder === holder) return claim(newest, newest.token, now)
      if (newest?.holder !== undefined && !isSilent(newest, now)) return undefined
      return claim(newest, (newest?.token ?? 0) + 1, now)
    },
    async release() {
      held = undefined
      const newest = await leases.read(name)
      if (newest?.holder === holder)
        await leases.swap(name, newest, { token: newest.token, holder: undefined, beat: draw() })
    },
  }
}
