/**
 * Each server counts failed logins for itself. That somebody is let in again stands in the trail, whoever said so and
 * where, and there every server on the store reads it.
 */
import type { Clock } from '../clock.ts'
import type { Xui } from '../names.ts'
import type { Accounts } from './account.ts'
import type { Trail } from './trail.ts'

/** More at once are nobody's doing; the others are asked for again. */
const READ_AT_ONCE = 100

/**
 * @param window milliseconds after which a failure is forgotten anyhow, and with it what was said of it.
 * @returns the names to log in with of all who were unlocked since it was last called, or since it was made.
 */
export function createUnlocked(
  { trail, accounts }: { readonly trail: Trail; readonly accounts: Pick<Accounts, 'find'> },
  clock: Clock,
  window: number,
): () => Promise<readonly string[]> {
  const madeAt = clock.now()
  let seen: ReadonlySet<string> = new Set()
  return async () => {
    const entries = await trail.read({ what: 'account-unlocked' }, undefined, READ_AT_ONCE)
    const since = Math.max(madeAt, clock.now() - window)
    const fresh = entries.filter(({ id, at }) => at >= since && !seen.has(id))
    const unlocked = await Promise.all(fresh.map(({ user }) => accounts.find(user as Xui)))
    // Only now: who asks meanwhile is told the same, and is not refused because somebody else is being told.
    seen = new Set(entries.map(({ id }) => id))
    return unlocked.flatMap((account) => account?.credentials.map(({ userName }) => userName) ?? [])
  }
}
