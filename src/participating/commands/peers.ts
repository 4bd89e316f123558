/** Outgoing work that a peer outside of this room performs, as its contract asks. */
import { isDeepStrictEqual } from 'node:util'
import { instantText } from '../../clock.ts'
import type { Xui } from '../../names.ts'
import type { Announced, Pushed } from '../contracts/push.ts'
import type { PushTask } from '../state/outgoing.ts'
import { queueOf } from '../state/queue.ts'
import type { Attempted } from '../contracts/attempt.ts'
import { cutBody } from '../decision/cut.ts'
import { shownFrom } from '../decision/view.ts'
import type { MessageRecord, StoredRecord } from '../state/message-record.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import type { Performers } from './perform.ts'
import type { Result } from './results.ts'

/** What is still to be said: nothing to a device that has registered meanwhile, and nothing of what waits no more. */
async function pushedNow(
  { homes, messages, clock }: ParticipatingRooms,
  owner: Xui,
  { device, address, content }: PushTask,
): Promise<Pushed | undefined> {
  const { registrations, waiting } = queueOf(await homes.read(owner))
  const known = registrations.find((registration) => registration.device === device)
  if (known === undefined || known.expires > clock.now() || !isDeepStrictEqual(known.push, address)) return undefined
  if (content.kind === 'deferred-summary')
    return waiting.some((entry) => entry.kind === 'message' && entry.leaving === undefined) ? content : undefined
  const announced: Announced[] = []
  for (const id of content.messages) {
    if (!waiting.some((entry) => entry.id === id)) continue
    const record = (await messages.byId(id))?.value as StoredRecord | undefined
    if (record?.kind === 'message' && record.end === undefined) announced.push(announcedOf(record))
  }
  return announced.length === 0 ? undefined : { kind: 'deferred', messages: announced }
}

function announcedOf({ id, facts, subject, received }: MessageRecord): Announced {
  return {
    id,
    ...(facts.undisclosed ? {} : { from: facts.from }),
    ...(subject === undefined ? {} : { subject }),
    size: facts.size,
    received: instantText(received),
  }
}

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
    async store(owner, { message, task: { because, temporary, quietly, cut } }, signal) {
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
      return peers.messageStore.put({ entry, body: cutBody(contentType, body, cut), quietly }, signal)
    },
    async settle(owner, { message = '' }, signal): Promise<Result> {
      if (peers.messageStore === undefined) return NO_STORE
      const outcome = await peers.messageStore.settle(owner, message, signal)
      return outcome.kind === 'again' || outcome.kind === 'never' ? outcome : { kind: 'done' }
    },
    async tell(owner: Xui, _work, signal) {
      return peers.messageStore === undefined ? NO_STORE : peers.messageStore.tell(owner, signal)
    },
    async interwork(_owner, { message, task: { services, cut } }, signal): Promise<Result> {
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
        body: cutBody(contentType, body, cut),
        sent: received,
      }
      return peers.interworking.interwork(service.name, outside, signal)
    },
    async push(owner, { id, task }, signal): Promise<Result> {
      const { address, until } = task
      if (peers.push === undefined) return { kind: 'never', because: 'no-push' }
      const content = await pushedNow(rooms, owner, task)
      if (content === undefined) return { kind: 'done' }
      const outcome = await peers.push.push({ id, address, content, until }, signal)
      return outcome.kind === 'gone' ? { kind: 'gone', because: 'the address is gone' } : outcome
    },
  }
}
