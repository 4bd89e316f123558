/** A user goes: what each room knows of the user, in an order that can be taken up again. */
import type { Accounts } from './access/account.ts'
import { endSessionsOf } from './access/session.ts'
import { COMMAND_LINE, type Actor, type Recording, type TrailEntry } from './access/trail.ts'
import type { Clock } from './clock.ts'
import type { Homes } from './home/home.ts'
import type { Xui } from './names.ts'
import type { MessageStore } from './participating/contracts/message-store.ts'
import type { Participating } from './participating/participating.ts'
import { removeDocuments } from './xcap/remove-documents.ts'

/**
 * The account goes first: from then on the user is nobody, and nothing new comes. Then the sessions, what waits for
 * the user and what is stored for him, then the documents where that is wanted. All of it also for a user who has no
 * account any more: asking again finishes a removal that was cut short.
 * @param actor who removes the user; missing for the command line.
 */
export type RemoveUser = (xui: Xui, documents: 'keep' | 'delete', actor?: Actor) => ReturnType<Accounts['remove']>

interface RemovalRooms {
  readonly accounts: Accounts
  readonly homes: Homes
  readonly clock: Clock
  readonly record: Recording
  readonly participating: Pick<Participating, 'removeUser'>
  readonly messageStore: Pick<MessageStore, 'list' | 'remove'>
}

export function createRemoval({
  accounts,
  homes,
  clock,
  record,
  participating,
  messageStore,
}: RemovalRooms): RemoveUser {
  return async (xui, documents, actor = COMMAND_LINE) => {
    const outcome = await accounts.remove(xui)
    if (outcome === 'last-administrator') return outcome
    await endSessionsOf(homes, xui)
    if (outcome === 'removed') await record(actor, [removalEntry(xui, documents)])
    await participating.removeUser(xui)
    await emptyStore(messageStore, xui)
    if (documents === 'delete') await removeDocuments({ homes, clock }, xui, actor.by)
    return outcome
  }
}

const PAGE = 100

async function emptyStore(store: RemovalRooms['messageStore'], owner: Xui): Promise<void> {
  for (;;) {
    const { messages } = await store.list(owner, undefined, PAGE)
    const removed = await Promise.all(messages.map(({ id }) => store.remove(owner, id)))
    if (!removed.includes(true)) return
  }
}

/** What the trail says of it. */
export function removalEntry(user: Xui, documents: 'keep' | 'delete'): TrailEntry {
  return { what: 'account-removed', user, after: { documents: documents === 'keep' ? 'kept' : 'deleted' } }
}
