/** Outgoing work that a peer outside of this room performs, as its contract asks. */
import type { Xui } from '../../names.ts'
import type { Attempted } from '../contracts/attempt.ts'
import { shownFrom } from '../decision/view.ts'
import type { MessageRecord, StoredRecord } from '../state/message-record.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { Performers } from './perform.ts'
import type { Result } from './results.ts'

const NO_STORE: Attempted = { kind: 'never', because: 'no-message-store' }

interface Carried {
  readonly record: MessageRecord
  readonly body: Uint8Array
}

export function createPeerWork(
  rooms: ParticipatingRooms,
): Pick<Performers, 'store' | 'settle' | 'tell' | 'interwork' | 'push'> {
  const { messages, peers } = rooms
  const carried = async (id: string | undefined): Promise<Carried | undefined> => {
    const record = (await messages.byId(id ?? ''))?.value as StoredRecord | undefined
    const body = record?.kind === 'message' ? await messages.body(record.id) : undefined
    return record?.kind === 'message' && body !== undefined ? { record, body } : undefined
  }
  return {
    async store(owner, { message, task: { because, temporary, quietly } }, signal) {
      if (peers.messageStore === undefined) return NO_STORE
      const found = await carried(message)
      if (found === undefined) return { kind: 'never', because: 'gone' }
      const { record, body } = found
      const { id, messageId, subject, contentType, conversation, received } = record
      const entry = {
        id,
        owner,
        messageId,
        from: shownFrom(record.facts),
        to: record.to,
        ...(subject === undefined ? {} : { subject }),
        contentType,
        ...(conversation === undefined ? {} : { conversation }),
        sent: received,
        because,
        ...(temporary === undefined ? {} : { temporary }),
      }
      return peers.messageStore.put({ entry, body, quietly }, signal)
    },
    async settle(owner, { message = '' }, signal): Promise<Result> {
      if (peers.messageStore === undefined) return NO_STORE
      const outcome = await peers.messageStore.settle(owner, message, signal)
      return outcome.kind === 'again' || outcome.kind === 'never' ? outcome : { kind: 'done' }
    },
    async tell(owner: Xui, _work, signal) {
      return peers.messageStore === undefined ? NO_STORE : peers.messageStore.tell(owner, signal)
    },
    async interwork(_owner, { message, task: { services } }, signal): Promise<Result> {
      const [service] = services
      if (service === undefined || peers.interworking?.services.includes(service.name) !== true)
        return { kind: 'never', because: 'no-service' }
      const found = await carried(message)
      if (found === undefined) return { kind: 'never', because: 'gone' }
      const { record, body } = found
      const { id, messageId, facts, subject, contentType, received } = record
      const outside = {
        id,
        messageId,
        ...(facts.undisclosed ? {} : { from: facts.from }),
        to: service.address,
        ...(subject === undefined ? {} : { subject }),
        contentType,
        body,
        sent: received,
      }
      return peers.interworking.interwork(service.name, outside, signal)
    },
    async push(_owner, { id, task: { address, content, until } }, signal): Promise<Result> {
      if (peers.push === undefined) return { kind: 'never', because: 'no-push' }
      const outcome = await peers.push.push({ id, address, content, until }, signal)
      return outcome.kind === 'gone' ? { kind: 'gone', because: 'the address is gone' } : outcome
    },
  }
}
