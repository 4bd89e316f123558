/** Which homes wait for an instant. */
import type { Filter } from 'mongodb'
import type { Homes } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Chain } from './chain.ts'
import type { Collections, HomeLink } from './collections.ts'

type Scheduled = Pick<HomeLink, '_id' | 'key' | 'revision' | 'next'>

/** Somebody keeps committing what is looked at: then an owner is named who may not be due, which does no harm. */
const ROUNDS = 3

export function createDue(
  { homes }: Pick<Collections, 'homes'>,
  chain: Chain<HomeLink>,
): Pick<Homes, 'due' | 'earliest' | 'scheduled'> {
  const shape = { key: 1, revision: 1, next: 1 } as const

  /**
   * Only heads count. What stands before a head is removed behind its commit; where somebody died in between it is
   * found here, and removed.
   */
  async function heads(
    filter: Filter<HomeLink>,
    sort: Readonly<Record<string, 1>>,
    limit: number,
  ): Promise<readonly Scheduled[]> {
    for (let round = 1; ; round++) {
      const found = await homes.find(filter).sort(sort).limit(limit).project<Scheduled>(shape).toArray()
      const present = await revisionsOf(found.map(({ key }) => key))
      const old = found.filter(({ key, revision }) => revision < (present.get(key) ?? 0))
      if (old.length === 0 || round === ROUNDS) return found.filter((one) => !old.includes(one))
      for (const key of new Set(old.map((one) => one.key))) await chain.prune({ key, revision: present.get(key)! })
    }
  }

  async function revisionsOf(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const greatest = new Map<string, number>()
    if (keys.length === 0) return greatest
    for await (const { key, revision } of homes.find({ key: { $in: keys } }).project<Scheduled>(shape)) {
      greatest.set(key, Math.max(revision, greatest.get(key) ?? 0))
    }
    return greatest
  }

  const owners = (found: readonly Scheduled[]): Owner[] => found.map(({ key }) => key as Owner)

  return {
    due: async (until, limit) => owners(await heads({ next: { $lte: until } }, { next: 1, scheduled: 1 }, limit)),
    earliest: async () =>
      (await heads({ next: { $gte: Number.MIN_SAFE_INTEGER } }, { next: 1, scheduled: 1 }, 1))[0]?.next,
    scheduled: async (after, limit) => owners(await heads({ scheduled: { $gt: after } }, { scheduled: 1 }, limit)),
  }
}
