/**
 * The one way in which this room changes a home: read it, apply the change, decide from the new state what has to happen now, commit all
 * of it together, and only then let anything out. Whatever is acknowledged, offered or ended has been committed before.
 */
import type { Instant } from '../../clock.ts'
import type { Commit, Home, OutboxEntry } from '../../home/home.ts'
import { update } from '../../home/update.ts'
import type { Owner, Xui } from '../../names.ts'
import { inRounds } from '../../queue.ts'
import { reconcileState } from '../../preferences/state.ts'
import type { Changing, ParticipatingRooms, Transact } from './contract.ts'
import { endOne, type Ending } from './end.ts'
import {
  decidedAt,
  presentIn,
  queueOf,
  withQueue,
  type OutgoingReport,
  type Queue,
  type Registration,
} from '../state/queue.ts'
import type { Inboxes } from './inboxes.ts'
import type { Evaluation } from '../decision/attempts.ts'
import { reconsider, type Reconsidered } from '../decision/plan.ts'
import { openRecords } from './records.ts'
import { send, sendingsOf, type Sending } from './send.ts'
import { snapshotOf } from '../decision/applicability.ts'
import type { SteadyClock } from './steady-clock.ts'

export interface Transactions {
  readonly transact: Transact
  evaluate(home: Home): Promise<Evaluation>
  figures(): { readonly reconsidered: number; readonly released: number }
}

/** The present again, with these devices registered. */
type WithDevices = (evaluation: Evaluation, owner: Owner, registrations: readonly Registration[]) => Evaluation

interface Decided<T> {
  readonly answer: T
  readonly sendings: readonly Sending[]
  readonly reconsidered: Reconsidered
  readonly evaluation: Evaluation
  readonly outgoing: readonly OutgoingReport[]
  /** Of the home, once it is committed. */
  readonly revision: number
  readonly commit: Commit | undefined
}

/** @param onOutgoing told whenever reports wait in a home to be carried to another. */
export function createTransactions(
  rooms: ParticipatingRooms,
  inboxes: Inboxes,
  steady: SteadyClock,
  onOutgoing: (owner: Xui) => void,
): Transactions {
  const lanes = new Map<Xui, Promise<unknown>>()
  let count = 0
  let released = 0

  const evaluate = async (home: Home): Promise<Evaluation> => {
    const preferences = await rooms.preferencesOf(home)
    const { now: mine, expiryFrom } = steady.snapshot()
    const now = presentIn(home, mine)
    const { registrations } = queueOf(home)
    return {
      snapshot: snapshotOf(preferences, registrations, now),
      open: inboxes.named(home.owner, registrations),
      expiryFrom,
      settings: rooms.settings,
    }
  }
  const withDevices: WithDevices = (evaluation, owner, registrations) => {
    const { preferences, now } = evaluation.snapshot
    return {
      ...evaluation,
      snapshot: snapshotOf(preferences, registrations, now),
      open: inboxes.named(owner, registrations),
    }
  }

  const transactOnce: Transact = async <T>(owner: Xui, change: Changing<T>): Promise<T> => {
    count += 1
    const decided = await update(rooms.homes, owner, async (home) => {
      const evaluation = await evaluate(home)
      const decision = await decideOn(rooms, home, evaluation, withDevices, change)
      return decision.commit === undefined ? { answer: decision } : { answer: decision, commit: decision.commit }
    })
    released += decided.reconsidered.released
    if (decided.sendings.length > 0) await rooms.failpoint('c4')
    await send({ ...rooms, inboxes, evaluate }, owner, decided.sendings, decided.evaluation)
    if (decided.sendings.length > 0) await rooms.failpoint('c5')
    inboxes.reconcile(
      owner,
      decided.revision,
      decided.evaluation.snapshot.devices.map(({ registration }) => registration),
    )
    for (const { id, missing } of decided.reconsidered.stuck) {
      rooms.log.warn({ message: id, owner, missing }, 'A message waits for something that is not built.')
    }
    if (decided.outgoing.length > 0) onOutgoing(owner)
    return decided.answer
  }

  return {
    // One home's changes go one behind the other with what they send, so that inboxes see them in the order of the commits.
    async transact(owner, change) {
      const before = lanes.get(owner)
      const turn = (before ?? Promise.resolve()).then(() => transactOnce(owner, change))
      const settled = turn.catch(() => undefined)
      lanes.set(owner, settled)
      try {
        return await turn
      } finally {
        if (lanes.get(owner) === settled) lanes.delete(owner)
      }
    },
    evaluate,
    figures: () => ({ reconsidered: count, released }),
  }
}

async function decideOn<T>(
  rooms: ParticipatingRooms,
  home: Home,
  before: Evaluation,
  withDevices: WithDevices,
  change: Changing<T>,
): Promise<Decided<T>> {
  const queueBefore = queueOf(home)
  const changed = await change({ queue: queueBefore, evaluation: before })
  const { preferences, now } = before.snapshot
  const sameDevices = changed.queue.registrations === queueBefore.registrations
  const evaluation = sameDevices ? before : withDevices(before, home.owner, changed.queue.registrations)
  const reconsidered = await inRounds(reconsider(changed.queue, evaluation))
  const records = openRecords(rooms.messages, changed.arrivals ?? [])
  const outbox: OutboxEntry[] = []
  const outgoing: OutgoingReport[] = [...changed.queue.outgoing]
  const expired = reconsidered.expired.map(
    (entry): Ending => ({ id: entry.id, state: 'discarded', because: 'expired', entry }),
  )
  const endings = [...(changed.ended ?? []), ...expired]
  for (const ending of endings) {
    const told = await endOne(
      { accounts: rooms.accounts, keptAfterEnd: rooms.settings.keptAfterEnd },
      records,
      preferences.policy,
      ending,
      now,
    )
    outgoing.push(...told.outgoing)
    outbox.push(...told.journal)
  }
  const sendings = await sendingsOf(rooms, records, evaluation, reconsidered.offers)
  const queue: Queue = {
    ...reconsidered.queue,
    outgoing: outgoing.length === changed.queue.outgoing.length ? changed.queue.outgoing : outgoing,
  }
  const state = reconcileState(home, preferences, now)
  const { messages, outbox: updated } = records.changes(home.owner as Xui)
  outbox.push(
    ...updated,
    ...state.records.map((record): OutboxEntry => ({ kind: 'journal', owner: home.owner, record: { ...record } })),
  )
  const after = withQueue(state.home, queue)
  const next = earliest([reconsidered.next, state.next, ...outgoing.map(({ at }) => at + rooms.settings.sweepEvery)])
  const idle =
    after === home && next === home.next && outbox.length === 0 && messages.length === 0 && changed.insists !== true
  const commit: Commit = { home: { ...decidedAt(after, now), next }, messages, outbox }
  const answer = await changed.answer({ queue, evaluation, records })
  if (messages.length > 0) await rooms.failpoint('c1')
  if (sendings.length > 0) await rooms.failpoint('c12')
  const revision = idle ? home.revision : home.revision + 1
  return { answer, sendings, reconsidered, evaluation, outgoing, revision, commit: idle ? undefined : commit }
}

function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
