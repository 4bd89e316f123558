/**
 * Compare and swap. Where updates are atomic the next state replaces the present one, if that is still the one that was
 * read. FerretDB reads and then writes, so there two would win, and it is made out of inserts: a state is a document,
 * and the next state is another one under the next revision; of all who insert it one wins. The greatest revision is
 * the head. It is never removed; what stands before it is.
 *
 * So there a writer that was frozen may insert a revision that was there and is gone. Nobody takes it for the head,
 * because a later one is there, and the writer itself looks at the head behind every insert: the trail of the head
 * tells it whether its own commit is part of the chain.
 */
import type { Collection, Filter, OptionalUnlessRequiredId, WithoutId } from 'mongodb'
import { stopwatch } from '../../clock.ts'
import type { Link } from './collections.ts'
import { isDuplicate, isOutage, OUTCOME_UNKNOWN, pause, unavailable } from './errors.ts'

/** So many commits that came behind its own one a writer may miss, and still knows that it was there. */
const TRAIL = 64
/** What tells whether a link is part of the chain. */
const PLACE: Readonly<Record<keyof Link, 1>> = { _id: 1, key: 1, revision: 1, commit: 1, trail: 1 }
/** An insert of unknown outcome is settled within this time, or its caller hears that it is unknown. */
const RESOLVED_WITHIN_MS = 1_500

/** `replace` wants updates that are atomic. Both may lie in one database, which was moved. */
export type Swap = 'insert' | 'replace'

export type LinkContent<L extends Link> = Omit<L, keyof Link>

export interface Chain<L extends Link> {
  /** @param known was the head some time: it is given again where it still is, and no content of it is read. */
  head(key: string, known?: L): Promise<L | undefined>
  /**
   * Puts a link behind `base` (`undefined`: the first one). One that was cut off in the middle is inserted again, as it
   * is.
   * @returns `undefined`: another one stands behind `base`, and nothing was stored.
   * @throws Refused `unavailable` when it cannot be found out.
   */
  append(key: string, base: L | undefined, commit: string, content: LinkContent<L>): Promise<L | undefined>
  /** Removes what stands before `head`. Before one that took the place of another in its document nothing does. */
  prune(head: Pick<L, 'key' | 'revision'> & Partial<Pick<L, '_id'>>): Promise<void>
}

const idOf = ({ key, revision }: Pick<Link, 'key' | 'revision'>): string => `${key} ${revision}`

export function createChain<L extends Link>(collection: Collection<L>, swap: Swap = 'insert'): Chain<L> {
  const { head, place } = createHeads(collection)

  /** `swapped`: it is the head, and nobody need look. */
  async function put(link: L, base: L | undefined): Promise<'swapped' | 'inserted' | 'occupied' | 'unknown'> {
    try {
      if (swap === 'replace' && base !== undefined) {
        const { _id, key, commit } = base
        const { matchedCount } = await collection.replaceOne({ _id, key, commit } as Filter<L>, link as WithoutId<L>)
        return matchedCount === 1 ? 'swapped' : 'occupied'
      }
      await collection.insertOne(link as OptionalUnlessRequiredId<L>)
      return 'inserted'
    } catch (error) {
      if (isDuplicate(error)) return 'occupied'
      if (isOutage(error)) return 'unknown'
      throw error
    }
  }

  async function checkAppended(link: L, mayBeThere: boolean): Promise<Verdict> {
    try {
      return verdict(link, await place(link.key), mayBeThere)
    } catch (error) {
      if (isOutage(error)) return 'not-known-yet'
      throw error
    }
  }

  return {
    head,
    async append(key, base, commit, content) {
      const began = stopwatch()
      const revision = (base?.revision ?? 0) + 1
      const trail = base === undefined ? [] : [base.commit, ...base.trail].slice(0, TRAIL)
      const _id = swap === 'replace' && base !== undefined ? base._id : idOf({ key, revision })
      const link = { _id, key, revision, commit, trail, ...content } as unknown as L
      let mayBeThere = false
      do {
        const outcome = await put(link, base)
        if (outcome === 'swapped') return link
        if (outcome !== 'occupied') mayBeThere = true
        const found = outcome === 'unknown' ? 'not-known-yet' : await checkAppended(link, mayBeThere)
        if (found === 'part') return link
        if (found === 'no-part') {
          if (mayBeThere) await collection.deleteOne({ _id: link._id, commit } as Filter<L>)
          return undefined
        }
        if (found === 'forgotten') break
        await pause()
      } while (stopwatch() - began < RESOLVED_WITHIN_MS)
      throw unavailable(OUTCOME_UNKNOWN)
    },
    async prune({ _id, key, revision }) {
      if (_id !== undefined && _id !== idOf({ key, revision })) return
      await collection.deleteMany({ key, revision: { $lt: revision } } as unknown as Filter<L>)
    },
  }
}

/** Where the chains of a collection end. */
function createHeads<L extends Link>(collection: Collection<L>) {
  /**
   * Upwards, and the last one: whoever removes a link has inserted the next one before, so a reader on its way up meets
   * one of the two. On its way down it could miss both.
   */
  async function head(key: string, known?: L): Promise<L | undefined> {
    const behind = known === undefined ? {} : { revision: { $gt: known.revision } }
    const links = await collection
      .find({ key, ...behind } as Filter<L>)
      .sort({ revision: 1 })
      .toArray()
    return (links.at(-1) as L | undefined) ?? known
  }

  /** As `head`, without the content. */
  async function place(key: string): Promise<Link | undefined> {
    const links = await collection
      .find<Link>({ key } as Filter<L>, { projection: PLACE })
      .sort({ revision: 1 })
      .toArray()
    return links.at(-1)
  }

  return { head, place }
}

type Verdict = 'part' | 'no-part' | 'forgotten' | 'not-known-yet'

/** @param mayBeThere an insert of this link went through, or may have. */
function verdict(link: Link, head: Link | undefined, mayBeThere: boolean): Verdict {
  if (head === undefined || head.revision < link.revision) return 'not-known-yet'
  if (head.commit === link.commit || head.trail.includes(link.commit)) return 'part'
  return mayBeThere && head.revision - link.revision > TRAIL ? 'forgotten' : 'no-part'
}
