/** The participating function, put together. */
import type { Principal } from '../access/account.ts'
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import { canonicalXui } from '../xui.ts'
import { createAccept } from './accept.ts'
import { createCarry } from './carry.ts'
import type { Ending } from './ending.ts'
import { Following } from './follow.ts'
import { queueOf } from './home-parts.ts'
import { createInboxes, type Inboxes } from './inboxes.ts'
import type { MessageForOthers, MessageView, Participating } from './participating.ts'
import { createReceived } from './received.ts'
import { viewFor, viewForOthers, type KeptRecord } from './record.ts'
import { createRegistering, registrationsOf, withInbox } from './registrations.ts'
import { createSettling, type ParticipatingRooms, type Settle } from './settle.ts'
import { standingOf } from './standing.ts'
import { createSteadyClock } from './steady-clock.ts'

/** How often a record is read again that says nothing of its end, while its entry is gone: it ended between two reads. */
const LOOKS_AT_MOST = 3

export function createParticipating(rooms: ParticipatingRooms): Participating {
  const { homes, messages, clock } = rooms
  const inboxes = createInboxes(rooms.random)
  const steady = createSteadyClock(clock, rooms.log)
  const carrying = new Map<Xui, Promise<void>>()
  const settling = createSettling(rooms, inboxes, steady, (owner) => following.follow(owner, carryFrom(owner)))
  const { settle, presentOf } = settling
  const carry = createCarry(rooms, settle)
  const carryFrom = (owner: Xui): Promise<void> => {
    const turn = carrying.get(owner) ?? carry(owner).finally(() => carrying.delete(owner))
    carrying.set(owner, turn)
    return turn
  }
  const following = new Following(rooms, inboxes, steady, (owner) =>
    settle(owner, ({ queue }) => ({ queue, answer: () => undefined })),
  )

  const message = async (by: Principal, id: string): Promise<MessageView | undefined> => {
    for (let looks = 0; looks < LOOKS_AT_MOST; looks++) {
      const record = (await messages.byId(id))?.value as KeptRecord | undefined
      if (record?.kind !== 'message') return undefined
      const sender = canonicalXui(record.facts.from)
      if (record.end !== undefined || viewFor(by, record, sender, undefined) === undefined)
        return viewFor(by, record, sender, undefined)
      const home = await homes.read(record.to)
      const entry = queueOf(home).waiting.find((held) => held.id === id)
      if (entry?.kind === 'message')
        return viewFor(by, record, sender, { entry, standing: standingOf(entry, await presentOf(home)) })
    }
    throw new Refused({ kind: 'unavailable', detail: 'The message is changing right now.', retryAfter: 1 })
  }

  const deferred = async (owner: Xui): Promise<readonly MessageForOthers[]> => {
    const home = await homes.read(owner)
    const present = await presentOf(home)
    const views: MessageForOthers[] = []
    for (const entry of queueOf(home).waiting) {
      const record =
        entry.kind === 'message' ? ((await messages.byId(entry.id))?.value as KeptRecord | undefined) : undefined
      if (entry.kind !== 'message' || record?.kind !== 'message' || record.end !== undefined) continue
      views.push(viewForOthers(record, { entry, standing: standingOf(entry, present) }))
    }
    return views
  }

  return {
    accept: createAccept(rooms, settle, message),
    message,
    deferred,
    registrations: async (owner) => registrationsOf(await homes.read(owner), clock.now()),
    ...createRegistering(settle, rooms.settings),
    openInbox: createOpenInbox(inboxes, settle),
    received: createReceived(rooms, settle),
    async removeUser(owner) {
      await settle(owner, ({ queue }) => {
        const ended = queue.waiting.map(
          (entry): Ending => ({ id: entry.id, state: 'failed', because: 'removed', entry }),
        )
        return {
          queue: { registrations: [], waiting: [], copies: [], outgoing: queue.outgoing },
          ended,
          insists: true,
          answer: () => undefined,
        }
      })
      await carryFrom(owner)
    },
    start: () => following.start(),
    stop: () => following.stop(),
    figures: () => ({ openInboxes: inboxes.count(), ...settling.figures() }),
  }
}

/** The commit that names it is the one that offers what it may have. */
function createOpenInbox(inboxes: Inboxes, settle: Settle): Participating['openInbox'] {
  return async (owner, device, sink) => {
    const { name, close } = inboxes.open(owner, device, sink)
    try {
      await settle(owner, ({ queue, present }) => {
        const registrations = withInbox(queue.registrations, device, name, present.look.now)
        return { queue: { ...queue, registrations }, answer: () => undefined }
      })
    } catch (thrown) {
      close()
      throw thrown
    }
    return close
  }
}
