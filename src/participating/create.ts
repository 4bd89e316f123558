/** The participating function, put together. */
import { createAcknowledge, createDisplayed, createRead } from './commands/acknowledge.ts'
import { createDeliverReport } from './commands/deliver-reports.ts'
import { createDrop } from './commands/drop.ts'
import { createExplaining } from './commands/explain.ts'
import { createCount } from './commands/count.ts'
import { createGiveBack } from './commands/give-back.ts'
import { createFind, createStatuses } from './commands/find.ts'
import { createForward } from './commands/forward.ts'
import { createOpenInbox } from './commands/open-inbox.ts'
import { createPeerWork } from './commands/peers.ts'
import { Performing } from './commands/perform.ts'
import { createReading } from './commands/read.ts'
import { createRegistering, registrationsOf } from './commands/register.ts'
import { createRelease } from './commands/release.ts'
import { createRemoveUser } from './commands/remove-user.ts'
import { createRetrieving } from './commands/retrieve.ts'
import { createSubmit } from './commands/submit.ts'
import { createTakeReport } from './commands/take-report.ts'
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
  // Work is claimed in a commit, and performed behind it by commands that commit again: the one circle there is.
  const transactions = createTransactions(rooms, inboxes, steady, (owner, claimed) =>
    following.follow(owner, performing.perform(owner, claimed)),
  )
  const { transact } = transactions
  const performing = new Performing(rooms, transact, {
    report: createDeliverReport(rooms, transact),
    forward: createForward(rooms, transact),
    ...createPeerWork(rooms),
    // The service said nothing in time.
    receipt: () => Promise.resolve({ kind: 'done' }),
  })
  const following = new Following(rooms, inboxes, steady, transact)
  const statusesOf = createStatuses(rooms, transactions.evaluate)
  const reading = createReading(rooms, transactions.evaluate)
  const retrieving = createRetrieving(rooms, transact)
  return {
    ...reading,
    accept: createSubmit(rooms, transact, reading.message),
    registrations: async (owner) => registrationsOf(await rooms.homes.read(owner), rooms.clock.now()),
    explanation: createExplaining(rooms, transactions.evaluate),
    invitation: async (owner, invitation, unsaved) =>
      onInvitation((await transactions.evaluate(await rooms.homes.read(owner), unsaved)).snapshot, invitation),
    ...createRegistering(rooms, transact),
    openInbox: createOpenInbox(inboxes, transact),
    hasInbox: (owner, device) => inboxes.isOpen(owner, device),
    received: createAcknowledge(rooms, transact),
    giveBack: createGiveBack(transact),
    displayed: createDisplayed(rooms, transact),
    read: createRead(rooms, transact),
    retrieve: retrieving.retrieve,
    drop: createDrop(rooms, transact),
    find: createFind(rooms, statusesOf),
    countWaiting: createCount(rooms, statusesOf),
    release: createRelease(rooms, transact),
    removeUser: createRemoveUser(transact, (owner) => performing.idle(owner)),
    start: async () => {
      await following.start()
      rooms.peers.interworking?.start(createTakeReport(rooms, transact))
    },
    stop: () => {
      retrieving.end()
      return following.stop()
    },
    figures: () => ({ openInboxes: inboxes.count(), working: performing.count(), ...transactions.figures() }),
  }
}
