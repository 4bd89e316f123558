/**
 * The one way in which this room changes a home: read it, apply the change, decide from the new state what has to
 * happen now, commit all of it together, and only then let anything out. Whatever is acknowledged, offered, claimed or
 * ended has been committed before.
 */
import { documentKey, type Home } from '../../home/home.ts'
import { update } from '../../home/update.ts'
import { AUID, type Owner, type Xui } from '../../names.ts'
import { evaluationOf, type Evaluation } from '../decision/evaluation.ts'
import { createFindings } from '../decision/findings.ts'
import type { Unsaved } from '../../preferences/unsaved.ts'
import type { EndState, ParticipatingFigures } from '../participating.ts'
import { digest } from '../state/message-record.ts'
import type { ClaimedWork } from '../state/outgoing.ts'
import { presentIn, queueOf, type Registration } from '../state/queue.ts'
import type { Changing, ParticipatingRooms, Transact } from './contract.ts'
import { draft, type Drafted } from './draft.ts'
import type { Inboxes } from './inboxes.ts'
import { renewLate } from './late-offers.ts'
import { notify } from './notices.ts'
import { send } from './send.ts'
import type { SteadyClock } from './steady-clock.ts'
import { withTotals, readEnough, readTotals } from './unread.ts'

export interface Transactions {
  readonly transact: Transact
  evaluate(home: Home, unsaved?: Unsaved): Promise<Evaluation>
  figures(): Omit<ParticipatingFigures, 'openInboxes' | 'working'>
}

const WRITTEN: readonly string[] = [AUID.profiles, AUID.activeProfile].map((auid) => documentKey(auid, ''))

const writtenLast = new WeakMap<Home['documents'], string>()

function writtenIn({ documents }: Home): string {
  const known = writtenLast.get(documents) ?? writtenAnew(documents)
  writtenLast.set(documents, known)
  return known
}

function writtenAnew(documents: Home['documents']): string {
  const etags = [...documents].flatMap(([key, { etag }]) =>
    WRITTEN.some((prefix) => key.startsWith(prefix)) ? [etag] : [],
  )
  return etags.length === 0 ? '' : digest(...etags.sort()).slice(0, 12)
}

function noEnds(): Record<EndState, number> {
  return { delivered: 0, stored: 0, interworked: 0, forwarded: 0, 'handed-over': 0, discarded: 0, failed: 0 }
}

interface Evaluating extends Pick<Transactions, 'evaluate'> {
  /** The present again, with these devices registered. */
  withDevices(before: Evaluation, owner: Owner, registrations: readonly Registration[]): Evaluation
}

function createEvaluating(rooms: ParticipatingRooms, inboxes: Inboxes, steady: SteadyClock): Evaluating {
  const findingsOf = createFindings()

  return {
    async evaluate(home, unsaved) {
      const preferences = await rooms.preferencesOf(home, unsaved)
      const { now, expiryFrom } = steady.snapshot()
      const { registrations } = queueOf(home)
      const open = inboxes.named(home.owner, registrations)
      const { snapshot, findings } = findingsOf(preferences, registrations, open, presentIn(home, now))
      const { settings } = rooms
      return evaluationOf({ snapshot, open, expiryFrom, settings, written: writtenIn(home) }, findings)
    },
    withDevices(before, owner, registrations) {
      const { preferences, now } = before.snapshot
      const { expiryFrom, settings, written } = before
      const open = inboxes.named(owner, registrations)
      const { snapshot, findings } = findingsOf(preferences, registrations, open, now)
      return evaluationOf({ snapshot, open, expiryFrom, settings, written }, findings)
    },
  }
}

/** @param onClaimed told of outgoing work that a commit has claimed, for whoever performs it. */
export function createTransactions(
  rooms: ParticipatingRooms,
  inboxes: Inboxes,
  steady: SteadyClock,
  onClaimed: (owner: Xui, claimed: readonly ClaimedWork[]) => void,
): Transactions {
  let count = 0
  let released = 0
  let accepted = 0
  const ended = noEnds()

  const { evaluate, withDevices } = createEvaluating(rooms, inboxes, steady)

  /** What goes out behind the commit, in the order of the commits, so that inboxes see it so. */
  const letOut = async <T>(owner: Xui, drafted: Drafted<T>): Promise<void> => {
    const { sendings, evaluation, reconsidered, revision, claimed } = drafted
    released += reconsidered.released
    accepted += drafted.accepted
    for (const state of drafted.ended) ended[state] += 1
    if (drafted.offers) await renewLate(rooms, owner, evaluation.snapshot.now)
    if (sendings.length > 0) await rooms.failpoint('c4')
    await send({ ...rooms, inboxes, evaluate }, owner, sendings, evaluation)
    await notify({ ...rooms, inboxes, evaluate }, owner, drafted.notices, evaluation)
    if (sendings.length > 0) await rooms.failpoint('c5')
    inboxes.reconcile(
      owner,
      revision,
      evaluation.snapshot.devices.map(({ registration }) => registration),
    )
    if (claimed.length > 0) onClaimed(owner, claimed)
  }

  return {
    async transact<T>(owner: Xui, change: Changing<T>, asks: 'all' | 'totals' = 'all'): Promise<T> {
      count += 1
      const drafted = await update(
        rooms.homes,
        owner,
        async (read) => {
          const { home, evaluation } = await readEnough(rooms.homes, read, evaluate)
          const answer = await draft(rooms, home, evaluation, withDevices, change)
          return answer.commit === undefined ? { answer } : { answer, commit: withTotals(home, answer.commit) }
        },
        (answer) => letOut(owner, answer),
        asks === 'totals' ? (of) => readTotals(rooms.homes, of) : undefined,
      )
      return drafted.answer
    },
    evaluate,
    figures: () => ({ reconsidered: count, released, accepted, ended }),
  }
}
