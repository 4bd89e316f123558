/** Leases: a chain for each, of the claims to it. */
import { identifier, type Randomness } from '../../clock.ts'
import type { Claim, Leases } from '../../home/leases.ts'
import { createChain } from './chain.ts'
import type { Collections } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Deadlines } from './deadlines.ts'

export function createLeases(
  { leases }: Collections,
  random: Randomness,
  { bounded }: Deadlines,
  background: BackgroundTasks,
): Leases {
  const chain = createChain(leases)
  return {
    read: bounded(async (name): Promise<Claim | undefined> => {
      const head = await chain.head(name)
      return head && { token: head.token, holder: head.holder, beat: head.beat }
    }),
    swap: bounded(async (name, seen, { token, holder, beat }) => {
      const head = await chain.head(name)
      if (head?.token !== seen?.token || head?.beat !== seen?.beat) return false
      const commit = identifier(random)
      const link = await chain.append(name, head, commit, { token, beat, ...(holder === undefined ? {} : { holder }) })
      if (link === undefined) return false
      if (head !== undefined) background.run(chain.prune(link))
      return true
    }),
  }
}
