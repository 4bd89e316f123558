/**
 * The recipient wants a message no more, or an administrator takes it away: it ends as `discarded`, whatever
 * preferences say of it.
 */
import type { Principal } from '../../access/account.ts'
import type { Xui } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import type { StoredRecord } from '../state/message-record.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'
import type { Ending } from '../transaction/end.ts'

/**
 * @param note the reason of an administrator, kept with the end.
 * @returns whose it was.
 * @throws Refused `not-found` for anybody but the recipient and administrators, `ended` for what waits no more.
 */
export function createDrop(
  rooms: ParticipatingRooms,
  transact: Transact,
): (by: Principal, id: string, note?: string) => Promise<Xui> {
  return async (by, id, note) => {
    const record = (await rooms.messages.byId(id))?.value as StoredRecord | undefined
    const isOperator = by.role === 'administrator'
    if (record?.kind !== 'message' || !(isOperator || (by.role === 'user' && by.xui === record.to)))
      throw new Refused({ kind: 'not-found', detail: 'There is no such message.' })
    // A device that was offered it may acknowledge it at the same time: whoever commits first ends it, and the other is
    // told so.
    await transact(record.to, ({ queue }): Change<undefined> => {
      const entry = queue.waiting.find((held) => held.id === id)
      if (entry === undefined) throw new Refused({ kind: 'ended', detail: 'The message waits no more.' })
      const because = isOperator ? 'removed-by-operator' : 'dropped'
      const ended: readonly Ending[] = [
        { id, state: 'discarded', because, ...(note === undefined ? {} : { note }), entry },
      ]
      return {
        queue: { ...queue, waiting: queue.waiting.filter((held) => held !== entry) },
        ended,
        answer: () => undefined,
      }
    })
    return record.to
  }
}
