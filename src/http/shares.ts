/**
 * What there is of something for all together, and how much of it one user may have: nobody takes the room of the
 * others.
 */
import { Refused } from '../refusal.ts'
import type { Principal } from '../access/account.ts'
import type { Xui } from '../names.ts'

export interface ShareLimits {
  readonly whole: number
  readonly ofUser: number
}

/** Who takes: a user, or `undefined` for who acts for many users and is held to the whole alone. */
export type Taker = Xui | undefined

export interface Shares<Of extends string = Xui> {
  readonly used: number
  fits(taker: Of | undefined, amount: number): boolean
  /** @throws Refused `unavailable` where all is taken, `too-many-requests` where this user has the whole share. */
  mustFit(taker: Of | undefined, amount: number): void
  /** @throws Refused as `mustFit` */
  take(taker: Of | undefined, amount: number): void
  give(taker: Of | undefined, amount: number): void
}

/** @param what in the plural, for people: `requests`. */
export function createShares<Of extends string = Xui>(what: string, { whole, ofUser }: ShareLimits): Shares<Of> {
  const byUser = new Map<Of, number>()
  let used = 0
  const usedBy = (taker: Of | undefined): number => (taker === undefined ? 0 : (byUser.get(taker) ?? 0))
  const add = (taker: Of | undefined, amount: number): void => {
    used += amount
    if (taker === undefined) return
    const now = usedBy(taker) + amount
    if (now === 0) byUser.delete(taker)
    else byUser.set(taker, now)
  }
  const mustFit = (taker: Of | undefined, amount: number): void => {
    if (used + amount > whole)
      throw new Refused({ kind: 'unavailable', detail: `There are too many ${what} at once.`, retryAfter: 1 })
    if (taker !== undefined && usedBy(taker) + amount > ofUser)
      throw new Refused({ kind: 'too-many-requests', detail: `You have too many ${what} at once.`, retryAfter: 1 })
  }
  return {
    get used() {
      return used
    },
    fits: (taker, amount) => used + amount <= whole && (taker === undefined || usedBy(taker) + amount <= ofUser),
    mustFit,
    take(taker, amount) {
      mustFit(taker, amount)
      add(taker, amount)
    },
    give: (taker, amount) => add(taker, -amount),
  }
}

/** A participating function acts for all its users, and has no share of its own. */
export function takerOf({ xui, role }: Principal): Taker {
  return role === 'participating-function' ? undefined : xui
}
