/** Which outgoing work is performed now, and when what failed is tried again (U15). Pure. */
import type { Instant } from '../../clock.ts'
import type { ParticipatingSettings } from '../settings.ts'
import type { ClaimedWork, Task, Work } from '../state/outgoing.ts'

/** A peer that does not answer is given up after half of it, so a claim outlives whoever performs under it. */
export const CLAIMED_FOR_MS = 60_000
/** Claimed in one commit: a home with a thousand reports is no thousand bodies in memory. */
const CLAIMED_AT_ONCE = 32

export function isClaimed({ claim }: Work, now: Instant): boolean {
  return claim !== undefined && claim.until > now
}

/** A report of ours takes as long as a commit; who died meanwhile is not waited for long. */
function claimedFor({ kind }: Task, { sweepEvery }: ParticipatingSettings): number {
  return kind === 'report' ? sweepEvery : CLAIMED_FOR_MS
}

/** The work as it is in the commit that claims what is due of it. */
export function claimDue(
  outgoing: readonly Work[],
  now: Instant,
  settings: ParticipatingSettings,
  isHeld: (work: Work) => boolean,
): { readonly outgoing: readonly Work[]; readonly claimed: readonly ClaimedWork[] } {
  const claimed: ClaimedWork[] = []
  const after = outgoing.map((work) => {
    if (work.notBefore > now || isClaimed(work, now) || isHeld(work)) return work
    if (claimed.length >= CLAIMED_AT_ONCE) return work
    const attempt = work.attempt + 1
    const taken = { ...work, attempt, claim: { generation: attempt, until: now + claimedFor(work.task, settings) } }
    claimed.push(taken)
    return taken
  })
  return { outgoing: claimed.length === 0 ? outgoing : after, claimed }
}

/** When time alone decides about it: its claim is over, or its time has come. */
export function nextOfWork({ claim, notBefore }: Work): Instant {
  return claim?.until ?? notBefore
}

/**
 * @param chance from 0 up to 1.
 * @param wanted what the peer asked for, in milliseconds; never sooner than that.
 */
export function triedAgainAt(
  { attempt }: Work,
  now: Instant,
  { retryFirst, retryAtMost }: ParticipatingSettings,
  chance: number,
  wanted = 0,
): Instant {
  const doubled = Math.min(retryFirst * 2 ** Math.min(attempt - 1, 30), retryAtMost)
  // ± 20 %, so that those who failed together do not come back together.
  return now + Math.max(Math.round(doubled * (0.8 + 0.4 * chance)), Math.min(wanted, retryAtMost))
}
