/**
 * Claimed work is performed, and its result committed. Who was frozen in between finds his claim taken over, and what
 * he brings is refused: it is performed again under the same id, which does no harm.
 */
import { createPool } from '../../queue.ts'
import { DuplicateMessage } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import { triedAgainAt } from '../decision/claims.ts'
import type { Evaluation } from '../decision/evaluation.ts'
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

type Performed = readonly [ClaimedWork, Result]

/** A peer that has not answered by then has failed. Less than a claim lasts. */
const ANSWERED_WITHIN_MS = 30_000
/** Bodies in memory and connections to peers, of all users together. */
const AT_ONCE = 64

export class Performing {
  readonly #rooms: ParticipatingRooms
  readonly #transact: Transact
  readonly #performers: Performers
  readonly #pool = createPool(AT_ONCE)
  readonly #running = new Map<Xui, Set<Promise<void>>>()

  constructor(rooms: ParticipatingRooms, transact: Transact, performers: Performers) {
    this.#rooms = rooms
    this.#transact = transact
    this.#performers = performers
  }

  /** Resolves when the results are committed. */
  async perform(owner: Xui, claimed: readonly ClaimedWork[]): Promise<void> {
    const own = this.#running.get(owner) ?? new Set()
    this.#running.set(owner, own)
    const work = this.#run(owner, claimed)
    own.add(work)
    try {
      await work
    } finally {
      own.delete(work)
      if (own.size === 0) this.#running.delete(owner)
    }
  }

  /** How much is under way. */
  count(): number {
    let count = 0
    for (const own of this.#running.values()) count += own.size
    return count
  }

  /** Resolves when nothing that was claimed for him here is being performed. */
  async idle(owner: Xui): Promise<void> {
    for (let own = this.#running.get(owner); own !== undefined; own = this.#running.get(owner)) await Promise.all(own)
  }

  /** Reports take no longer than a commit, so they share one; a peer that is slow holds up nobody else. */
  async #run(owner: Xui, claimed: readonly ClaimedWork[]): Promise<void> {
    const reports = claimed.filter(({ task }) => task.kind === 'report')
    const others = claimed.filter(({ task }) => task.kind !== 'report')
    const shared = reports.length === 0 ? [] : [reports]
    await Promise.all([...shared, ...others.map((work) => [work])].map((works) => this.#together(owner, works)))
  }

  #together(owner: Xui, works: readonly ClaimedWork[]): Promise<void> {
    return this.#pool.run(async () => {
      const results: Performed[] = []
      for (const work of works) {
        const result = await this.#one(owner, work)
        if (result !== undefined) results.push([work, result])
      }
      await this.#commit(owner, results)
    })
  }

  async #one(owner: Xui, work: ClaimedWork): Promise<Result | undefined> {
    const { clock, failpoint, log } = this.#rooms
    // Who waited for longer than the claim lasts leaves it to whoever claims it next.
    if (work.claim.until <= clock.now()) return undefined
    if (work.task.kind === 'report') await failpoint('c7')
    const result = await this.#attempt(owner, work)
    const { task, message, attempt } = work
    if (result.kind !== 'done') {
      const outcome = result.kind === 'again' ? 'failed; it is tried again' : 'was refused for good'
      log.warn({ owner, work: task.kind, message, attempt, because: result.because }, `Outgoing work ${outcome}.`)
    }
    return result
  }

  async #attempt(owner: Xui, work: ClaimedWork): Promise<Result> {
    const { clock } = this.#rooms
    if (work.until !== undefined && work.until <= clock.now()) return { kind: 'never', because: 'too-late' }
    const given = new AbortController()
    const callOff = clock.at(clock.now() + ANSWERED_WITHIN_MS, () => given.abort())
    try {
      return await (this.#performers[work.task.kind] as Perform<Task['kind']>)(owner, work, given.signal)
    } catch (thrown) {
      return { kind: 'again', because: thrown instanceof Error ? thrown.message : 'it failed' }
    } finally {
      callOff()
    }
  }

  async #commit(owner: Xui, results: readonly Performed[]): Promise<void> {
    if (results.length === 0) return
    const { failpoint, random } = this.#rooms
    await failpoint(results.some(([{ task }]) => task.kind === 'report') ? 'c8' : 'c10')
    const chance = (random(1)[0] ?? 0) / 256
    const apply = (all: readonly Performed[]): Promise<undefined> =>
      this.#transact(owner, ({ queue, evaluation }) => {
        const nothing: Change<undefined> = { queue, answer: () => undefined }
        return all.reduce((change, performed) => this.#afterOne(change, performed, evaluation, chance), nothing)
      })
    try {
      await apply(results)
    } catch (thrown) {
      if (!(thrown instanceof DuplicateMessage)) throw thrown
      // A service that gives a name twice within a day reports of neither so that anybody could tell which: it has it.
      await apply(results.map(([work, result]) => [work, result.kind === 'done' ? { kind: 'done' } : result]))
    }
  }

  #afterOne(
    change: Change<undefined>,
    [work, result]: Performed,
    evaluation: Evaluation,
    chance: number,
  ): Change<undefined> {
    const { outgoing } = change.queue
    // INV-19: a claim of an older generation changes nothing.
    if (!outgoing.some(({ id, claim }) => id === work.id && claim?.generation === work.claim.generation)) return change
    if (result.kind === 'done') return afterDone(change, work, result.references)
    if (result.kind !== 'again') return afterNever(change, work, result, evaluation)
    const { now } = evaluation.snapshot
    return afterAgain(change, work, triedAgainAt(work, now, this.#rooms.settings, chance, result.after))
  }
}
