/** A user goes: what each room knows of the user, in an order that can be taken up again. */
import type { Accounts } from './access/account.ts'
import { endSessionsOf } from './access/session.ts'
import { COMMAND_LINE, type Actor, type Recording, type TrailEntry } from './access/trail.ts'
import type { Clock } from './clock.ts'
import type { Homes } from './home/home.ts'
import type { Xui } from './names.ts'
import type { Participating } from './participating/participating.ts'
import { removeDocuments } from './xcap/remove-documents.ts'

/**
 * The account goes first: from then on the user is nobody, and nothing new comes. Then the sessions and what waits for
 * the user, then the documents where that is wanted. All of it also for a user who has no account any more: asking
 * again finishes a removal that was cut short.
 * @param actor who removes the user; missing for the command line.
 */
export type RemoveUser = (xui: Xui, documents: 'keep' | 'delete', actor?: Actor) => ReturnType<Accounts['remove']>

interface RemovalRooms {
  readonly accounts: Accounts
  readonly homes: Homes
  readonly clock: Clock
  readonly record: Recording
  readonly participating: Pick<Participating, 'removeUser'>
}

export function createRemoval({ accounts, homes, clock, record, participating }: RemovalRooms): RemoveUser {
  return async (xui, documents, actor = COMMAND_LINE) => {
    const outcome = await accounts.remove(xui)
    if (outcome === 'last-administrator') return outcome
    await endSessionsOf(homes, xui)
    if (outcome === 'removed') await record(actor, [removalEntry(xui, documents)])
    await participating.removeUser(xui)
    if (documents === 'delete') await removeDocuments({ homes, clock }, xui, actor.by)
    return outcome
  }
}

/** What the trail says of it. */
export function removalEntry(user: Xui, documents: 'keep' | 'delete'): TrailEntry {
  return { what: 'account-removed', user, after: { documents: documents === 'keep' ? 'kept' : 'deleted' } }
}
