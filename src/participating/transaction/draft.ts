/** A commit, drafted: the change, what follows from it now, and what goes out behind it. Nothing is stored here. */
import type { Instant } from '../../clock.ts'
import type { Commit, Home, OutboxEntry } from '../../home/home.ts'
import type { Owner, Xui } from '../../names.ts'
import type { EndState } from '../participating.ts'
import { inRounds } from '../../rounds.ts'
import { reconcileState } from '../../preferences/state.ts'
import { claimDue, nextOfWork } from '../decision/claims.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { isHeldBack } from '../decision/on-its-way.ts'
import { reconsider, type Decided, type Reconsidered } from '../decision/plan.ts'
import type { ClaimedWork, Work } from '../state/outgoing.ts'
import { decidedAt, neededBy, queueOf, withQueue, type Entry, type Queue, type Registration } from '../state/queue.ts'
import { adaptOffers, withUnfit, type AdaptedOffers } from './adapted.ts'
import { totalsOf } from '../state/totals.ts'
import { referenceRecord, type Reference } from '../state/reference.ts'
import type { Change, Changing, ParticipatingRooms } from './contract.ts'
import {
  confirmOne,
  displayOne,
  endOne,
  REPORTS_WITHIN_MS,
  type Confirmed,
  type Displayed,
  type Ending,
  type Told,
} from './end.ts'
import { openRecords, type Records } from './records.ts'
import { noticesToSend, type NoticeSending } from './notices.ts'
import { sendingsOf, type Sending } from './send.ts'

export interface Drafted<T> {
  readonly answer: T
  readonly sendings: readonly Sending[]
  readonly notices: readonly NoticeSending[]
  readonly reconsidered: Reconsidered
  readonly evaluation: Evaluation
  readonly claimed: readonly ClaimedWork[]
  /** Messages that came, and how those ended that did; reports are none. */
  readonly accepted: number
  readonly ended: readonly EndState[]
  /** Of the home, once it is committed. */
  readonly revision: number
  /** Something goes to a device that acknowledges it, by whatever way. */
  readonly offers: boolean
  readonly commit: Commit | undefined
}

type WithDevices = (before: Evaluation, owner: Owner, registrations: readonly Registration[]) => Evaluation

export async function draft<T>(
  rooms: ParticipatingRooms,
  home: Home,
  before: Evaluation,
  withDevices: WithDevices,
  change: Changing<T>,
): Promise<Drafted<T>> {
  const { changed, evaluation } = await apply(home, before, withDevices, change)
  const records = openRecords(rooms.messages, changed.arrivals ?? [])
  const { reconsidered, adapted } = await reconsiderFit(
    rooms,
    records,
    evaluation,
    changed.queue,
    decidedBefore(home, changed, evaluation),
  )
  const endings = [...(changed.ended ?? []), ...endingsOf(reconsidered)]
  const { confirmed = [], displayed } = changed
  const ended = await endAll(rooms, records, evaluation, endings, confirmed, displayed)
  const { sendings, claimed, queue } = await stage(rooms, records, evaluation, reconsidered, ended.outgoing, adapted)
  const insists = changed.insists === true
  const commit = commitOf(home, {
    queue,
    evaluation,
    records,
    references: changed.references ?? [],
    journal: ended.journal,
    next: reconsidered.next,
    insists,
  })
  const answer = await changed.answer({ queue, evaluation, records })
  if ((commit?.messages ?? []).length > 0) await rooms.failpoint('c1')
  if (sendings.length > 0) await rooms.failpoint('c12')
  const revision = commit === undefined ? home.revision : home.revision + 1
  return {
    answer,
    sendings,
    notices: await noticesToSend(records, evaluation, reconsidered.notices),
    reconsidered,
    evaluation,
    claimed,
    accepted: (changed.arrivals ?? []).filter(({ record }) => record.kind === 'message').length,
    ended: endings.flatMap(({ entry, state }) => (entry?.kind === 'report' ? [] : [state])),
    revision,
    offers: sendings.length > 0 || changed.offers === true,
    commit,
  }
}

/**
 * A home whose `next` is still to come was decided on as it is: whoever changes what decides there makes it due. So
 * what arrives is looked at alone, however many wait. With an inbox open here they compete for its window: all are.
 */
export function decidedBefore(
  home: Home,
  { isArrival }: Pick<Change<unknown>, 'isArrival'>,
  { open, snapshot }: Evaluation,
): Decided | undefined {
  const { next } = home
  if (isArrival !== true || open.size > 0 || next === undefined || next <= snapshot.now) return undefined
  const { waiting } = queueOf(home)
  const { firstExpiry } = totalsOf(waiting)
  // By a clock that was set back since, what is to expire before that was not decided on yet.
  if (firstExpiry < next) return undefined
  return { count: waiting.length, until: next }
}

/** X10: where a message cannot be adapted after all, it is decided again without that device. */
async function reconsiderFit(
  rooms: ParticipatingRooms,
  records: Records,
  evaluation: Evaluation,
  before: Queue,
  decided: Decided | undefined,
): Promise<{ readonly reconsidered: Reconsidered; readonly adapted: AdaptedOffers }> {
  for (let queue = before; ; ) {
    const reconsidered = await inRounds(reconsider(queue, evaluation, decided))
    const adapted = await adaptOffers(rooms, records, evaluation, reconsidered.offers)
    if (adapted.unfit.length === 0) return { reconsidered, adapted }
    queue = withUnfit(queue, adapted.unfit)
  }
}

async function apply<T>(
  home: Home,
  before: Evaluation,
  withDevices: WithDevices,
  change: Changing<T>,
): Promise<{ readonly changed: Change<T>; readonly evaluation: Evaluation }> {
  const queue = queueOf(home)
  const changed = await change({ queue, evaluation: before })
  const { registrations } = changed.queue
  const isSame = registrations === queue.registrations
  return { changed, evaluation: isSame ? before : withDevices(before, home.owner, registrations) }
}

function endingsOf({ expired, dropped }: Reconsidered): readonly Ending[] {
  const ending =
    (because: string) =>
    (entry: Entry): Ending => ({ id: entry.id, state: 'discarded', because, entry })
  return [...expired.map(ending('expired')), ...dropped.map(ending('discarded'))]
}

async function endAll(
  { accounts, settings: { keptAfterEnd } }: ParticipatingRooms,
  records: Records,
  { snapshot }: Evaluation,
  endings: readonly Ending[],
  confirmed: readonly Confirmed[],
  displayed: Displayed | undefined,
): Promise<Told> {
  const { policy } = snapshot.preferences
  const rooms = { accounts, keptAfterEnd }
  const told: Told[] = []
  for (const ending of endings) told.push(await endOne(rooms, records, policy, ending, snapshot.now))
  for (const one of confirmed) told.push(await confirmOne(rooms, records, policy, one, snapshot.now))
  if (displayed !== undefined) told.push(await displayOne(rooms, records, displayed, snapshot.now))
  return {
    outgoing: told.flatMap(({ outgoing }) => outgoing),
    journal: told.flatMap(({ journal }) => journal),
  }
}

/** What goes out behind the commit: to devices what was offered, to others what is claimed. */
async function stage(
  rooms: ParticipatingRooms,
  records: Records,
  evaluation: Evaluation,
  { queue, offers }: Reconsidered,
  more: readonly Work[],
  adapted: AdaptedOffers,
): Promise<{
  readonly sendings: readonly Sending[]
  readonly claimed: readonly ClaimedWork[]
  readonly queue: Queue
}> {
  const sendings = await sendingsOf(rooms, records, evaluation, offers, adapted)
  const all = more.length === 0 ? queue.outgoing : [...queue.outgoing, ...more]
  const { outgoing, claimed } = claimDue(all, evaluation.snapshot.now, rooms.settings, (work) =>
    isHeldBack(work, evaluation),
  )
  return { sendings, claimed, queue: outgoing === queue.outgoing ? queue : { ...queue, outgoing } }
}

interface Results {
  readonly queue: Queue
  readonly evaluation: Evaluation
  readonly records: Records
  readonly references: readonly Reference[]
  readonly journal: readonly OutboxEntry[]
  readonly next: Instant | undefined
  readonly insists: boolean
}

/** @returns `undefined` where nothing became another. */
function commitOf(home: Home, { queue, evaluation, records, journal, ...results }: Results): Commit | undefined {
  const { preferences, now } = evaluation.snapshot
  const state = reconcileState(home, preferences, now)
  const { messages: arrived, outbox: updated } = records.changes(home.owner as Xui)
  const sweepAt = now + REPORTS_WITHIN_MS
  const named = results.references.map((one) => referenceRecord(home.owner as Xui, one, sweepAt))
  const messages = [...arrived, ...named]
  const told = state.records.map(
    (record): OutboxEntry => ({ kind: 'journal', owner: home.owner, record: { ...record } }),
  )
  const outbox = [...journal, ...updated, ...told]
  const after = withQueue(state.home, queue)
  // The end of do-not-disturb is told to watchers, so the home is due then.
  const outgoing = queue.outgoing.filter((work) => !isHeldBack(work, evaluation))
  const next = earliest([results.next, state.next, ...outgoing.map(nextOfWork)])
  const isSame = after === home && next === home.next && outbox.length === 0 && messages.length === 0
  if (isSame && !results.insists) return undefined
  const unneeded = unneededAfter(queueOf(home), queue, arrived)
  return { home: { ...decidedAt(after, now), next }, messages, outbox, ...(unneeded.length > 0 ? { unneeded } : {}) }
}

/** HOST-S7: what was acknowledged by the last who was to get it, or ended otherwise, takes no more room. */
function unneededAfter(before: Queue, after: Queue, arrived: readonly { readonly id: string }[]): readonly string[] {
  const isSame = before.copies === after.copies && before.outgoing === after.outgoing
  const added = isSame ? behind(before.waiting, after.waiting) : undefined
  if (added !== undefined && arrived.every(({ id }) => added.some((entry) => entry.id === id))) return []
  const needed = neededBy(after)
  return [...neededBy(before), ...arrived.map(({ id }) => id)].filter((id) => !needed.has(id))
}

/** What was put behind the others; `undefined` where one of these is another. */
function behind(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] | undefined {
  return before === after || before.every((entry, at) => entry === after[at]) ? after.slice(before.length) : undefined
}

function earliest(instants: readonly (Instant | undefined)[]): Instant | undefined {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
