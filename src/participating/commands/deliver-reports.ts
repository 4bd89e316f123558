/**
 * Reports from the home where a message ended to the home of who sent it. Two homes, two commits: first it arrives
 * under an identifier that is always the same, then it is struck off. What is carried twice arrives once.
 */
import { DuplicateMessage } from '../../home/update.ts'
import { accountOf } from '../state/account-of.ts'
import { REPORTS_AT_MOST, type HeldReport } from '../state/queue.ts'
import { nextSequence } from '../state/totals.ts'
import { keepUntil } from '../decision/on-expiry.ts'
import type { DeliveryReport } from '../state/message-record.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'
import type { Perform } from './perform.ts'

export function createDeliverReport(rooms: ParticipatingRooms, transact: Transact): Perform<'report'> {
  return async (_owner, { id, message = '', task: { to, ...shown } }) => {
    const record: DeliveryReport = { ...shown, id, message, offered: [] }
    try {
      await transact(to, async ({ queue, evaluation }): Promise<Change<undefined>> => {
        // Whose account is gone meanwhile is told nothing: the message lists its report, as for any sender who is not
        // ours.
        if ((await accountOf(rooms.accounts, to)) === undefined) return { queue, answer: () => undefined }
        // The message lists its report in any case; a sender who never fetches his must not make his home grow without
        // end.
        if (queue.waiting.filter(({ kind }) => kind === 'report').length >= REPORTS_AT_MOST)
          return { queue, answer: () => undefined }
        const { now, preferences } = evaluation.snapshot
        const entry: HeldReport = {
          kind: 'report',
          id,
          turn: nextSequence(queue),
          received: now,
          expires: keepUntil(preferences.policy, now),
          generation: 0,
          addressees: [],
          offers: [],
        }
        const arrivals = [{ record, uniqueName: `report ${id}`, body: new Uint8Array() }]
        return { queue: { ...queue, waiting: [...queue.waiting, entry] }, arrivals, answer: () => undefined }
      })
    } catch (thrown) {
      if (!(thrown instanceof DuplicateMessage)) throw thrown
    }
    return { kind: 'done' }
  }
}
