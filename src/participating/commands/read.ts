/** What is known of a message, and what waits for a user, as who asks may see it. */
import type { Principal } from '../../access/account.ts'
import type { Home } from '../../home/home.ts'
import { Refused } from '../../refusal.ts'
import { canonicalXui } from '../../xui.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { statusOf } from '../decision/status.ts'
import { viewFor, viewForOthers } from '../decision/view.ts'
import type { MessageForOthers, MessageView, Participating } from '../participating.ts'
import type { StoredRecord } from '../state/message-record.ts'
import { queueOf } from '../state/queue.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'

/**
 * How often a record is read again that says nothing of its end, while its entry is gone: it ended between two reads.
 */
const READS_AT_MOST = 3

export function createReading(
  { homes, messages }: ParticipatingRooms,
  evaluate: (home: Home) => Promise<Evaluation>,
): Pick<Participating, 'message' | 'deferred'> {
  return {
    async message(by: Principal, id: string): Promise<MessageView | undefined> {
      for (let reads = 0; reads < READS_AT_MOST; reads++) {
        const record = (await messages.byId(id))?.value as StoredRecord | undefined
        if (record?.kind !== 'message') return undefined
        const sender = canonicalXui(record.facts.from)
        if (record.end !== undefined || viewFor(by, record, sender, undefined) === undefined)
          return viewFor(by, record, sender, undefined)
        const home = await homes.read(record.to)
        const entry = queueOf(home).waiting.find((held) => held.id === id)
        if (entry?.kind === 'message')
          return viewFor(by, record, sender, { entry, status: statusOf(entry, await evaluate(home)) })
      }
      throw new Refused({ kind: 'unavailable', detail: 'The message is changing right now.', retryAfter: 1 })
    },
    async deferred(owner) {
      const home = await homes.read(owner)
      const evaluation = await evaluate(home)
      const views: MessageForOthers[] = []
      for (const entry of queueOf(home).waiting) {
        const record =
          entry.kind === 'message' ? ((await messages.byId(entry.id))?.value as StoredRecord | undefined) : undefined
        if (entry.kind !== 'message' || record?.kind !== 'message' || record.end !== undefined) continue
        views.push(viewForOthers(record, { entry, status: statusOf(entry, evaluation) }))
      }
      return views
    },
  }
}
