/**
 * RFC 4825 §8.2.5, uniqueness across users (RFC 4826 §4.4.5): names are reserved before the commit, and confirmed by
 * it.
 */
import { documentKey, type Home } from '../home/home.ts'
import { giveBack, reserve, withConfirmed } from '../home/reservations.ts'
import type { DocumentSelector } from '../names.ts'
import { Refused, type Clash } from '../refusal.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { ApplicationUsage, NameToReserve } from './application-usage.ts'
import type { XcapRooms } from './rooms.ts'

/** Each that is named costs the store some more reservations. */
const CLASHES_AT_MOST = 20

/**
 * @returns the home as it is to be committed with this document.
 * @throws Refused `uniqueness-failure`, `constraint-failure`; of what it asked for nothing stays reserved.
 */
export async function withReservedNames(
  rooms: XcapRooms,
  usage: ApplicationUsage,
  selector: DocumentSelector,
  home: Home,
  document: XmlDocument,
): Promise<Home> {
  if (usage.reserves === undefined) return home
  const wanted = usage.reserves(document)
  for (const { name, serviceUri } of wanted) if (serviceUri) mustBeOfDomain(rooms, name)
  const users = await Promise.all(wanted.map(async ({ name, serviceUri }) => serviceUri && (await rooms.isUser(name))))
  const mine = await Promise.all(
    wanted.map(
      async ({ name }, at) => !users[at] && (await reserve(rooms.homes, rooms.reservations, usage.auid, name, home)),
    ),
  )
  const taken = wanted.filter((_, at) => mine[at] === false)
  if (taken.length > 0) {
    const got = wanted.filter((_, at) => mine[at] === true).map(({ name }) => name)
    await giveBack(rooms.homes, rooms.reservations, usage.auid, got, home)
    throw await clash(rooms, usage, home, taken)
  }
  return withConfirmed(
    home,
    documentKey(selector.auid, selector.name),
    wanted.map(({ name }) => name),
  )
}

/**
 * RFC 4826 §4.4.5: the URI names a service of this provider. A user's address is answered like a service that is there
 * already, which tells nothing of who has an account.
 */
function mustBeOfDomain({ serviceDomains }: XcapRooms, uri: string): void {
  const domain = /^sips?:[^@]+@([^@:]+)(?::[0-9]+)?$/.exec(uri)?.[1]
  if (domain !== undefined && serviceDomains.has(domain)) return
  throw new Refused({
    kind: 'constraint-failure',
    phrase:
      `The URI of a service is a SIP URI with a user, in a domain of this server; ` + `"${uri.slice(0, 100)}" is none.`,
  })
}

/**
 * Whose it is says nobody. A name that is offered is reserved like one that is asked for: it stays free for him as
 * long.
 */
async function clash(
  rooms: XcapRooms,
  usage: ApplicationUsage,
  home: Home,
  taken: readonly NameToReserve[],
): Promise<Refused> {
  const named = taken.slice(0, CLASHES_AT_MOST)
  const clashes = await Promise.all(
    named.map(async ({ field, alternatives }): Promise<Clash> => {
      const offered = alternatives()
      const his = await Promise.all(
        offered.map(
          async (name) =>
            !(await rooms.isUser(name)) && reserve(rooms.homes, rooms.reservations, usage.auid, name, home),
        ),
      )
      return { field, alternatives: offered.filter((_, at) => his[at]) }
    }),
  )
  const phrase = named.map(({ name }) => `"${name.slice(0, 100)}" is in use already.`).join(' ')
  return new Refused({ kind: 'uniqueness-failure', phrase, clashes })
}
