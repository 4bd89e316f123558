/**
 * Let it go now: whatever rules made it wait, it is for every device that may have it. Do-not-disturb holds all the
 * same, unless the recipient himself says that he wants it even so.
 */
import type { Principal } from '../../access/account.ts'
import { Refused } from '../../refusal.ts'
import { reachOf } from '../decision/attempts.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { released } from '../decision/step.ts'
import { statusOf } from '../decision/status.ts'
import { viewForOthers } from '../decision/view.ts'
import type { MessageForOthers } from '../participating.ts'
import type { StoredRecord } from '../state/message-record.ts'
import type { HeldMessage } from '../state/queue.ts'
import type { After, Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'

/**
 * @throws Refused `not-found` for anybody but the recipient and administrators, `forbidden` for an administrator who
 * would disturb, `ended` for what waits no more, `conflict` for what is on its way to somebody else.
 */
export function createRelease(
  rooms: ParticipatingRooms,
  transact: Transact,
): (by: Principal, id: string, evenIfQuiet: boolean) => Promise<MessageForOthers> {
  return async (by, id, evenIfQuiet) => {
    const record = (await rooms.messages.byId(id))?.value as StoredRecord | undefined
    const isHis = record?.kind === 'message' && by.role === 'user' && by.xui === record.to
    if (record?.kind !== 'message' || (!isHis && by.role !== 'administrator'))
      throw new Refused({ kind: 'not-found', detail: 'There is no such message.' })
    if (evenIfQuiet && !isHis)
      throw new Refused({ kind: 'forbidden', detail: 'Only the recipient may say that he wants to be disturbed.' })
    return await transact(record.to, ({ queue, evaluation }): Change<MessageForOthers> => {
      const entry = queue.waiting.find((held) => held.id === id)
      if (entry?.kind !== 'message') throw new Refused({ kind: 'ended', detail: 'The message waits no more.' })
      if (entry.leaving !== undefined)
        throw new Refused({ kind: 'conflict', detail: 'The message is on its way to a service or somebody else.' })
      const free = letGo(entry, evaluation, evenIfQuiet)
      return {
        queue: { ...queue, waiting: queue.waiting.map((held) => (held === entry ? free : held)) },
        answer: (after) => answer(id, after),
      }
    })
  }
}

/** The same entry where no device may have it. One that is to be left alone is an addressee, and gets it later (P7). */
function letGo(entry: HeldMessage, evaluation: Evaluation, evenIfQuiet: boolean): HeldMessage {
  const to = evaluation.snapshot.devices.filter((device) => reachOf(evaluation, device, entry) !== 'no')
  if (to.length === 0) return entry
  return { ...released(entry, to), ...(evenIfQuiet ? { evenIfQuiet } : {}) }
}

async function answer(id: string, { queue, evaluation, records }: After): Promise<MessageForOthers> {
  const record = await records.get(id)
  const entry = queue.waiting.find((held) => held.id === id)
  if (record.kind !== 'message') throw new Error('a message has a record of its kind')
  const waiting = entry?.kind === 'message' ? { entry, status: statusOf(entry, evaluation) } : undefined
  return viewForOthers(record, waiting)
}
