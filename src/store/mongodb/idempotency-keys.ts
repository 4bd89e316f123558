/**
 * Idempotency keys of senders: a name belongs to one message.
 *
 * 1. The name is inserted before the commit of the home in which the message waits.
 * 2. If that commit never comes to be, the name is void, and the next writer that wants it takes it.
 * 3. While that commit is in flight, that writer waits.
 * 4. When that takes too long, the writer commits the home of the other message once more as it is: then the other
 *    commit cannot come any more (as with `reservations.ts` of the homes).
 */
import { stopwatch } from '../../clock.ts'
import { emptyHome, type Home } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Collections, NameDocument } from './collections.ts'
import type { KnownHome } from './home-document.ts'
import { insertNew } from './inserts.ts'
import type { Deadlines } from './deadlines.ts'
import { pause, unavailable } from './errors.ts'

export interface IdempotencyKeys {
  /** False: one of them is another message's. Those that were taken stay, for the caller to take back. */
  take(names: readonly NameDocument[]): Promise<boolean>
  /** As `createStagedWrites` wants it. */
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

export function createIdempotencyKeys(rooms: Rooms): IdempotencyKeys {
  const {
    collections: { names },
    inFlight,
    deadlines,
  } = rooms
  const { outcomeFor, block, wasCommitted } = createOutcomes(rooms)

  /** Whose the name is, after a look at the commit that took it. */
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
    wasCommitted,
  }
}

/** What became of a commit that another process, or a dead one, was making. */
function createOutcomes({ collections: { records, attempts }, readHome, commitAgain }: Rooms) {
  /**
   * The home is read first: what leaves it later is found behind it. A commit that came to be is named by the home as
   * long as anything of it has not arrived.
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

  /** A commit that has not come yet never will, because the home has the revision that it wanted. */
  async function block(owner: Owner): Promise<void> {
    await commitAgain((await readHome(owner))?.home ?? emptyHome(owner))
  }

  async function wasCommitted(owner: Owner, revision: number, commit: string): Promise<boolean | undefined> {
    // The attempt goes when everything has arrived.
    const arrived = async (): Promise<boolean> => (await attempts.findOne({ _id: commit })) === null
    const found = await outcomeOf(owner, revision, commit, arrived)
    if (found !== 'not-yet') return found === 'committed'
    await block(owner)
    const then = await outcomeOf(owner, revision, commit, arrived)
    return then === 'not-yet' ? undefined : then === 'committed'
  }

  return { outcomeFor, block, wasCommitted }
}
