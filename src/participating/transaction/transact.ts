/**
 * The one way in which this room changes a home: read it, apply the change, decide from the new state what has to happen now, commit all
 * of it together, and only then let anything out. Whatever is acknowledged, offered or ended has been committed before.
 */
import type { Instant } from '../../clock.ts'
import type { Commit, Home, OutboxEntry } from '../../home/home.ts'
import { update } from '../../home/update.ts'
import type { Owner, Xui } from '../../names.ts'
import { settleState } from '../../preferences/state.ts'
import type { Changing, ParticipatingRooms, Settle } from './contract.ts'
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
import type { Present } from '../decision/attempts.ts'
import { reconsider, type Reconsidered } from '../decision/plan.ts'
import { openRecords } from './records.ts'
import { send, sendingOf, type Sending } from './send.ts'
import { lookAt } from '../decision/applicability.ts'
import type { SteadyClock } from './steady-clock.ts'

export interface Settling {
  readonly settle: Settle
  presentOf(home: Home): Promise<Present>
  figures(): { readonly reconsidered: number; readonly released: number }
}

/** The present again, with these devices registered. */
type WithDevices = (present: Present, owner: Owner, registrations: readonly Registration[]) => Present

interface Decided<T> {
  readonly answer: T
  readonly sendings: readonly Sending[]
  readonly reconsidered: Reconsidered
  readonly present: Present
  readonly outgoing: readonly OutgoingReport[]
  /** Of the home, once it is committed. */
  readonly revision: number
  readonly commit: Commit | undefined
}

/** @param onOutgoing told whenever reports wait in a home to be carried to another. */
export function createSettling(
  rooms: ParticipatingRooms,
  inboxes: Inboxes,
  steady: SteadyClock,
  onOutgoing: (owner: Xui) => void,
): Settling {
  const lanes = new Map<Xui, Promise<unknown>>()
  let count = 0
  let released = 0

  const presentOf = async (home: Home): Promise<Present> => {
    const preferences = await rooms.preferencesOf(home)
    const { now: mine, expiryFrom } = steady.look()
    const now = presentIn(home, mine)
    const { registrations } = queueOf(home)
    return {
      look: lookAt(preferences, registrations, now),
      open: inboxes.named(home.owner, registrations),
      expiryFrom,
      settings: rooms.settings,
    }
  }
  const withDevices: WithDevices = (present, owner, registrations) => {
    const { preferences, now } = present.look
    return { ...present, look: lookAt(preferences, registrations, now), open: inboxes.named(owner, registrations) }
  }

  const settleOnce: Settle = async <T>(owner: Xui, change: Changing<T>): Promise<T> => {
    count += 1
    const decided = await update(rooms.homes, owner, async (home) => {
      const present = await presentOf(home)
      const decision = await decideOn(rooms, home, present, withDevices, change)
      return decision.commit === undefined ? { answer: decision } : { answer: decision, commit: decision.commit }
    })
    released += decided.reconsidered.released
    if (decided.sendings.length > 0) await rooms.failpoint('c4')
    await send({ ...rooms, inboxes, presentOf }, owner, decided.sendings, decided.present)
    if (decided.sendings.length > 0) await rooms.failpoint('c5')
    inboxes.settle(
      owner,
      decided.revision,
      decided.present.look.devices.map(({ registration }) => registration),
    )
    for (const { id, missing } of decided.reconsidered.stuck) {
      rooms.log.warn({ message: id, owner, missing }, 'A message waits for something that is not built.')
    }
    if (decided.outgoing.length > 0) onOutgoing(owner)
    return decided.answer
  }

  return {
    // One home's changes go one behind the other with what they send, so that inboxes see them in the order of the commits.
    async settle(owner, change) {
      const before = lanes.get(owner)
      const turn = (before ?? Promise.resolve()).then(() => settleOnce(owner, change))
      const settled = turn.catch(() => undefined)
      lanes.set(owner, settled)
      try {
        return await turn
      } finally {
        if (lanes.get(owner) === settled) lanes.delete(owner)
      }
    },
    presentOf,
    figures: () => ({ reconsidered: count, released }),
  }
}

async function decideOn<T>(
  rooms: ParticipatingRooms,
  home: Home,
  before: Present,
  withDevices: WithDevices,
  change: Changing<T>,
): Promise<Decided<T>> {
  const queueBefore = queueOf(home)
  const changed = await change({ queue: queueBefore, present: before })
  const { preferences, now } = before.look
  const sameDevices = changed.queue.registrations === queueBefore.registrations
  const present = sameDevices ? before : withDevices(before, home.owner, changed.queue.registrations)
  const reconsidered = reconsider(changed.queue, present)
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
  const sendings: Sending[] = []
  for (const offer of reconsidered.offers) sendings.push(await sendingOf(rooms, records, offer, present))
  const queue: Queue = {
    ...reconsidered.queue,
    outgoing: outgoing.length === changed.queue.outgoing.length ? changed.queue.outgoing : outgoing,
  }
  const state = settleState(home, preferences, now)
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
  const answer = await changed.answer({ queue, present, records })
  if (messages.length > 0) await rooms.failpoint('c1')
  if (sendings.length > 0) await rooms.failpoint('c12')
  const revision = idle ? home.revision : home.revision + 1
  return { answer, sendings, reconsidered, present, outgoing, revision, commit: idle ? undefined : commit }
}

function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
