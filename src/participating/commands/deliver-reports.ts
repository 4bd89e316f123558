/**
 * Reports from the home where a message ended to the home of who sent it. Two homes, two commits: first it arrives under an identifier
 * that is always the same, then it is struck off. What is carried twice arrives once.
 */
import type { Homes } from '../../home/home.ts'
import { DuplicateMessage } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import { accountOf } from '../state/account-of.ts'
import { nextSequence, queueOf, REPORTS_AT_MOST, type HeldReport, type OutgoingReport } from '../state/queue.ts'
import { keepUntil } from '../decision/on-expiry.ts'
import type { DeliveryReport } from '../state/message-record.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'

/** Carries what waits in the home. @throws Refused `unavailable`; what was not carried stays, and is found due. */
export function createDeliverReports(rooms: ParticipatingRooms, transact: Transact): (owner: Xui) => Promise<void> {
  return async (owner) => {
    for (
      let reports = await outgoingOf(rooms.homes, owner);
      reports.length > 0;
      reports = await outgoingOf(rooms.homes, owner)
    ) {
      const carried = new Set<string>()
      let trouble: unknown
      for (const report of reports) {
        await rooms.failpoint('c7')
        // A home that cannot take its report now holds up nobody else's.
        await arrive(rooms, transact, report).then(
          () => carried.add(report.id),
          (thrown: unknown) => (trouble = thrown),
        )
      }
      await rooms.failpoint('c8')
      await transact(owner, ({ queue }) => {
        const outgoing = queue.outgoing.filter(({ id }) => !carried.has(id))
        return { queue: { ...queue, outgoing }, answer: () => undefined }
      })
      if (carried.size < reports.length) throw trouble
    }
  }
}

async function outgoingOf(homes: Homes, owner: Xui): Promise<readonly OutgoingReport[]> {
  return queueOf(await homes.read(owner)).outgoing
}

async function arrive(rooms: ParticipatingRooms, transact: Transact, report: OutgoingReport): Promise<void> {
  const { to, ...shown } = report
  const record: DeliveryReport = { kind: 'report', ...shown, offered: [] }
  try {
    await transact(to, async ({ queue, evaluation }): Promise<Change<undefined>> => {
      // Whose account is gone meanwhile is told nothing: the message lists its report, as for any sender who is not ours.
      if ((await accountOf(rooms.accounts, to)) === undefined) return { queue, answer: () => undefined }
      // The message lists its report in any case; a sender who never fetches his must not make his home grow without end.
      if (queue.waiting.filter(({ kind }) => kind === 'report').length >= REPORTS_AT_MOST)
        return { queue, answer: () => undefined }
      const { now, preferences } = evaluation.snapshot
      const entry: HeldReport = {
        kind: 'report',
        id: report.id,
        turn: nextSequence(queue),
        received: now,
        expires: keepUntil(preferences.policy, now),
        generation: 0,
        addressees: [],
        offers: [],
      }
      const arrivals = [{ record, uniqueName: `report ${report.id}`, body: new Uint8Array() }]
      return { queue: { ...queue, waiting: [...queue.waiting, entry] }, arrivals, answer: () => undefined }
    })
  } catch (thrown) {
    if (!(thrown instanceof DuplicateMessage)) throw thrown
  }
}
