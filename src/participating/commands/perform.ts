/**
 * Claimed work is performed, and its result committed. Who was frozen in between finds his claim taken over, and what he
 * brings is refused: it is performed again under the same id, which does no harm.
 */
import { createPool } from '../../queue.ts'
import type { Xui } from '../../names.ts'
import { triedAgainAt } from '../decision/claims.ts'
import type { ClaimedWork, Task } from '../state/outgoing.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { afterAgain, afterDone, afterNever, type Result } from './results.ts'

/** @throws Refused `unavailable`, where it is not known what became of it. */
export type Perform<K extends Task['kind']> = (
  owner: Xui,
  work: ClaimedWork & { readonly task: Task & { readonly kind: K } },
  signal: AbortSignal,
) => Promise<Result>

export type Performers = { readonly [K in Task['kind']]: Perform<K> }

/** A peer that has not answered by then has failed. Less than a claim lasts. */
const ANSWERED_WITHIN_MS = 30_000
/** Bodies in memory and connections to peers, of all users together. */
const AT_ONCE = 64

export interface Performing {
  /** Resolves when the results are committed. */
  perform(owner: Xui, claimed: readonly ClaimedWork[]): Promise<void>
  /** Resolves when nothing that was claimed for him here is being performed. */
  settled(owner: Xui): Promise<void>
}

export function createPerforming(rooms: ParticipatingRooms, transact: Transact, performers: Performers): Performing {
  const pool = createPool(AT_ONCE)
  const running = new Map<Xui, Set<Promise<void>>>()

  const attempted = async (owner: Xui, work: ClaimedWork): Promise<Result> => {
    if (work.until !== undefined && work.until <= rooms.clock.now()) return { kind: 'never', because: 'too-late' }
    const given = new AbortController()
    const callOff = rooms.clock.at(rooms.clock.now() + ANSWERED_WITHIN_MS, () => given.abort())
    try {
      return await (performers[work.task.kind] as Perform<Task['kind']>)(owner, work, given.signal)
    } catch (thrown) {
      return { kind: 'again', because: thrown instanceof Error ? thrown.message : 'it failed' }
    } finally {
      callOff()
    }
  }

  const one = async (owner: Xui, work: ClaimedWork): Promise<readonly [ClaimedWork, Result] | undefined> => {
    // Who waited for longer than the claim lasts leaves it to whoever claims it next.
    if (work.claim.until <= rooms.clock.now()) return undefined
    if (work.task.kind === 'report') await rooms.failpoint('c7')
    const result = await attempted(owner, work)
    const { task, message, attempt } = work
    if (result.kind !== 'done') {
      rooms.log.warn(
        { owner, work: task.kind, message, attempt, because: result.because },
        result.kind === 'again' ? 'Outgoing work failed; it is tried again.' : 'Outgoing work was refused for good.',
      )
    }
    return [work, result]
  }

  const commit = async (owner: Xui, results: readonly (readonly [ClaimedWork, Result])[]): Promise<void> => {
    if (results.length === 0) return
    const reported = results.some(([{ task }]) => task.kind === 'report')
    await rooms.failpoint(reported ? 'c8' : 'c10')
    const chance = (rooms.random(1)[0] ?? 0) / 256
    await transact(owner, ({ queue, evaluation }): Change<undefined> => {
      let change: Change<undefined> = { queue, answer: () => undefined }
      for (const [work, result] of results) {
        const now = evaluation.snapshot.now
        // INV-19: a claim of an older generation settles nothing.
        const isOurs = change.queue.outgoing.some(
          ({ id, claim }) => id === work.id && claim?.generation === work.claim.generation,
        )
        if (!isOurs) continue
        if (result.kind === 'again')
          change = afterAgain(change, work, triedAgainAt(work, now, rooms.settings, chance, result.after))
        else if (result.kind === 'done') change = afterDone(change, work, result)
        else change = afterNever(change, work, result, evaluation)
      }
      return change
    })
  }

  const run = async (owner: Xui, claimed: readonly ClaimedWork[]): Promise<void> => {
    const reports = claimed.filter(({ task }) => task.kind === 'report')
    const others = claimed.filter(({ task }) => task.kind !== 'report')
    const all = (works: readonly ClaimedWork[]): Promise<void> =>
      pool.run(async () => {
        const results: (readonly [ClaimedWork, Result])[] = []
        for (const work of works) {
          const result = await one(owner, work)
          if (result !== undefined) results.push(result)
        }
        await commit(owner, results)
      })
    // Reports take no longer than a commit, so they share one; a peer that is slow holds up nobody else.
    await Promise.all([...(reports.length === 0 ? [] : [all(reports)]), ...others.map((work) => all([work]))])
  }

  return {
    async perform(owner, claimed) {
      const own = running.get(owner) ?? new Set()
      running.set(owner, own)
      const work = run(owner, claimed)
      own.add(work)
      try {
        await work
      } finally {
        own.delete(work)
        if (own.size === 0) running.delete(owner)
      }
    },
    async settled(owner) {
      for (let own = running.get(owner); own !== undefined; own = running.get(owner)) await Promise.all(own)
    },
  }
}
