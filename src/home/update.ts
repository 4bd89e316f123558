/**
 * Read a home, decide, commit; if somebody else committed meanwhile, decide again on the new state.
 *
 * The store decides who wins (compare and swap on the revision), never this file. Updates of one home in one process
 * queue behind each other all the same, so that writers of one process do not make each other start again.
 */
import { Refused } from '../refusal.ts'
import type { Owner } from '../names.ts'
import { createQueues, type Queues } from '../queue.ts'
import type { Commit, Home, Homes } from './home.ts'

/** What `decide` wants: an answer for the caller, and what to commit for it (nothing: only the answer). */
export interface Decision<T> {
  readonly answer: T
  readonly commit?: Commit
}

/** A commit was refused because a message's unique name belongs to another message. The caller looks that one up. */
export class DuplicateMessage extends Error {}

/**
 * What the home mentions is not there: somebody who needs it no more has committed since the home was read. Thrown by
 * `decide`, which then decides again on the home of now.
 */
export class Outdated extends Error {}

/** Starting again this often means that other processes keep winning: the caller is told to come back. */
const ATTEMPTS_AT_MOST = 50

const queuesOf = new WeakMap<Homes, Queues<Owner>>()

/**
 * @param decide is called again after a conflict, so it changes nothing outside itself. What it throws goes to the
 * caller; nothing is stored.
 * @param then what must run in the order of the commits: before it is over, nobody in this process decides on this
 * home.
 * @param read how much of the home is read.
 * @returns the answer, once the commit is durable and `then` is over.
 */
export async function update<T>(
  homes: Homes,
  owner: Owner,
  decide: (home: Home) => Promise<Decision<T>> | Decision<T>,
  then?: (answer: T) => Promise<void>,
  read: Homes['read'] = (of) => homes.read(of),
): Promise<T> {
  const queues = queuesOf.get(homes) ?? createQueues<Owner>()
  queuesOf.set(homes, queues)
  return queues.run(owner, async () => {
    const answer = await attempt(homes, owner, decide, read)
    await then?.(answer)
    return answer
  })
}

async function attempt<T>(
  homes: Homes,
  owner: Owner,
  decide: (home: Home) => Promise<Decision<T>> | Decision<T>,
  read: Homes['read'],
): Promise<T> {
  for (let count = 0; count < ATTEMPTS_AT_MOST; count++) {
    const home = await read(owner)
    const decision = await decideOn(homes, home, decide)
    if (decision === 'outdated') continue
    if (decision.commit === undefined) return decision.answer
    const outcome = await homes.commit(decision.commit)
    if (outcome.kind === 'committed') return decision.answer
    if (outcome.kind === 'duplicate-message') throw new DuplicateMessage()
  }
  throw new Refused({ kind: 'unavailable', detail: 'Too many others are writing here at once.', retryAfter: 1 })
}

/** @throws Outdated where nobody has committed since: then what the home mentions is lost. */
async function decideOn<T>(
  homes: Homes,
  home: Home,
  decide: (home: Home) => Promise<Decision<T>> | Decision<T>,
): Promise<Decision<T> | 'outdated'> {
  try {
    return await decide(home)
  } catch (error) {
    if (!(error instanceof Outdated) || (await homes.read(home.owner)).revision === home.revision) throw error
    return 'outdated'
  }
}
