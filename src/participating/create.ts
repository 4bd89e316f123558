/** The participating function, put together. */
import type { Xui } from '../names.ts'
import { createAcknowledge } from './commands/acknowledge.ts'
import { createDeliverReports } from './commands/deliver-reports.ts'
import { createDrop } from './commands/drop.ts'
import { createOpenInbox } from './commands/open-inbox.ts'
import { createReading } from './commands/read.ts'
import { createRegistering, registrationsOf } from './commands/register.ts'
import { createRemoveUser } from './commands/remove-user.ts'
import { createSubmit } from './commands/submit.ts'
import { onInvitation } from './decision/on-invitation.ts'
import type { Participating } from './participating.ts'
import type { ParticipatingRooms } from './transaction/contract.ts'
import { createInboxes } from './transaction/inboxes.ts'
import { createSteadyClock } from './transaction/steady-clock.ts'
import { createTransactions } from './transaction/transact.ts'
import { Following } from './wake/commits.ts'

export function createParticipating(rooms: ParticipatingRooms): Participating {
  const inboxes = createInboxes(rooms.random)
  const steady = createSteadyClock(rooms.clock, rooms.log)
  const carrying = new Map<Xui, Promise<void>>()
  const transactions = createTransactions(rooms, inboxes, steady, (owner) => following.follow(owner, carryFrom(owner)))
  const { transact } = transactions
  const carry = createDeliverReports(rooms, transact)
  const carryFrom = (owner: Xui): Promise<void> => {
    const turn = carrying.get(owner) ?? carry(owner).finally(() => carrying.delete(owner))
    carrying.set(owner, turn)
    return turn
  }
  const following = new Following(rooms, inboxes, steady, (owner) =>
    transact(owner, ({ queue }) => ({ queue, answer: () => undefined })),
  )
  const reading = createReading(rooms, transactions.evaluate)
  return {
    ...reading,
    accept: createSubmit(rooms, transact, reading.message),
    registrations: async (owner) => registrationsOf(await rooms.homes.read(owner), rooms.clock.now()),
    invitation: async (owner, invitation) =>
      onInvitation((await transactions.evaluate(await rooms.homes.read(owner))).snapshot, invitation),
    ...createRegistering(transact, rooms.settings),
    openInbox: createOpenInbox(inboxes, transact),
    received: createAcknowledge(rooms, transact),
    drop: createDrop(rooms, transact),
    removeUser: createRemoveUser(transact, carryFrom),
    start: () => following.start(),
    stop: () => following.stop(),
    figures: () => ({ openInboxes: inboxes.count(), ...transactions.figures() }),
  }
}
