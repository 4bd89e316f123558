/** RFC 4825 §8.2.5, uniqueness across users (RFC 4826 §4.4.5): names are reserved before the commit, and confirmed by it. */
import { documentKey, type Home } from '../home/home.ts'
import { reserve, withConfirmed } from '../home/reservations.ts'
import type { DocumentSelector } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { ApplicationUsage, ReservedName } from './application-usage.ts'
import type { XcapRooms } from './rooms.ts'

/**
 * @returns the home as it is to be committed with this document.
 * @throws Refused `uniqueness-failure`; what was reserved for it is void, in a minute.
 */
export async function withReservedNames(rooms: XcapRooms, usage: ApplicationUsage, selector: DocumentSelector, home: Home, document: XmlDocument): Promise<Home> {
  if (usage.reserves === undefined) return home
  const wanted = usage.reserves(document)
  const mine = await Promise.all(wanted.map(({ name }) => reserve(rooms.homes, rooms.reservations, usage.auid, name, home)))
  const taken = wanted.filter((_, at) => mine[at] === false)
  if (taken.length > 0) throw clash(taken)
  return withConfirmed(home, documentKey(selector.auid, selector.name), wanted.map(({ name }) => name))
}

/** Whose it is says nobody. */
function clash(taken: readonly ReservedName[]): Refused {
  const phrase = taken.map(({ name }) => `"${name.slice(0, 100)}" is in use already.`).join(' ')
  return new Refused({ kind: 'uniqueness-failure', phrase, clashes: taken.map(({ field }) => ({ field, alternatives: [] })) })
}
