/**
 * Senders' keys: a name belongs to one message. It is inserted before the commit of the home in which the message waits; if that commit never
 * comes to be, the name is void, and whoever wants it takes it.
 *
 * While that commit is on its way he waits. When it takes too long its home is committed once more as it is: then it cannot come any more
 * (as with `reservations.ts` of the homes).
 */
import { stopwatch } from '../../clock.ts'
import { emptyHome, type Home } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Collections, NameDocument } from './collections.ts'
import type { KnownHome } from './home-document.ts'
import { insertNew } from './inserts.ts'
import { pause, unavailable, type Deadlines } from './trouble.ts'

export interface IdempotencyKeys {
  /** False: one of them is another message's. Those that were taken stay, for the caller to take back. */
  take(names: readonly NameDocument[]): Promise<boolean>
  /** As `Belongings` wants it. */
  wasCommitted(owner: Owner, revision: number, commit: string): Promise<boolean | undefined>
}

interface Rooms {
  readonly collections: Pick<Collections, 'names' | 'records' | 'attempts'>
  readonly readHome: (owner: Owner) => Promise<KnownHome | undefined>
  /** Commits a home as it is. */
  readonly commitAgain: (home: Home) => Promise<unknown>
  /** Resolves when a commit that this process may be making is over. */
  readonly inFlight: (commit: string) => Promise<unknown>
  readonly deadlines: Deadlines
}

type CommitOutcome = 'committed' | 'never' | 'not-yet'

const WAIT_MS = 700
const TAKEN_WITHIN_MS = 1_400

export function createIdempotencyKeys({
  collections: { names, records, attempts },
  readHome,
  commitAgain,
  inFlight,
  deadlines,
}: Rooms): IdempotencyKeys {
  /**
   * The home is looked at first: what leaves it later is found behind it. A commit that came to be is named by the home as long as anything
   * of it has not arrived.
   */
  async function outcomeOf(
    owner: Owner,
    revision: number,
    commit: string,
    arrived: () => Promise<boolean>,
  ): Promise<CommitOutcome> {
    const known = await readHome(owner)
    if (known?.link.commit === commit || known?.link.trail.includes(commit) === true) return 'committed'
    if (known?.outbox.some(({ id }) => id.startsWith(`${commit}:`)) === true || (await arrived())) return 'committed'
    return (known?.link.revision ?? 0) >= revision ? 'never' : 'not-yet'
  }

  const outcomeFor = ({ home, revision, commit, message }: NameDocument): Promise<CommitOutcome> =>
    outcomeOf(
      home,
      revision,
      commit,
      async () => (await records.findOne({ message }, { projection: { _id: 1 } })) !== null,
    )

  async function block(owner: Owner): Promise<void> {
    await commitAgain((await readHome(owner))?.home ?? emptyHome(owner))
  }

  /** Whose it is, after a look at the commit that took it. */
  async function holderState(wanted: NameDocument, began: number): Promise<'mine' | 'taken' | 'perhaps-free'> {
    const holder = await names.findOne({ name: wanted.name })
    if (holder === null) return 'perhaps-free'
    if (holder._id === wanted._id) return 'mine'
    await deadlines.within(WAIT_MS, inFlight(holder.commit), undefined)
    const found = await outcomeFor(holder)
    if (found === 'committed') return 'taken'
    if (found === 'never') await names.deleteOne({ _id: holder._id })
    else if (stopwatch() - began > WAIT_MS) await block(holder.home)
    return 'perhaps-free'
  }

  return {
    async take(wanted) {
      if (new Set(wanted.map(({ name }) => name)).size < wanted.length) return false
      const began = stopwatch()
      let left = wanted
      while (left.length > 0) {
        const missed: NameDocument[] = []
        for (const one of await insertNew(names, left)) {
          const found = await holderState(one, began)
          if (found === 'taken') return false
          if (found === 'perhaps-free') missed.push(one)
        }
        left = missed
        if (left.length > 0) await pause()
        if (left.length > 0 && stopwatch() - began > TAKEN_WITHIN_MS)
          throw unavailable('Somebody else is sending the same message.')
      }
      return true
    },
    async wasCommitted(owner, revision, commit) {
      // The attempt goes when everything has arrived.
      const arrived = async (): Promise<boolean> => (await attempts.findOne({ _id: commit })) === null
      const found = await outcomeOf(owner, revision, commit, arrived)
      if (found !== 'not-yet') return found === 'committed'
      await block(owner)
      const then = await outcomeOf(owner, revision, commit, arrived)
      return then === 'not-yet' ? undefined : then === 'committed'
    },
  }
}
