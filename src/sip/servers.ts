/**
 * Several servers behind one core: each user's devices are served where their core’s last REGISTER came to. When a
 * server dies, one of the others finds out by its lease, and opens the inboxes of all devices anew; an inbox that is
 * opened at two is served by the last one, so that does no harm.
 *
 * What no request of the core decides, such as who asks it for a user's registrations, is shared out among the servers
 * that live: each user has one of them.
 */
import { createHash } from 'node:crypto'
import { createAlarm, type Clock, type Randomness } from '../clock.ts'
import { partOf, withPart, type Homes, type Part } from '../home/home.ts'
import { createLease, type Lease, type Leases } from '../home/leases.ts'
import { update } from '../home/update.ts'
import type { Xui } from '../names.ts'
import type { SipLog } from './connection.ts'

interface ServersRooms {
  readonly homes: Homes
  readonly leases: Leases
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
  readonly leaseFor: number
  /** Whose home has the list of servers. */
  readonly ownName: Xui
  /** Where the core reaches this server: its name among the others. */
  readonly address: string
  /** Serves whatever is registered from here. */
  readonly takeOver: () => Promise<void>
  /** Other servers live than before, so some users have another one. */
  readonly shared: () => Promise<void>
}

const SERVERS: Part<readonly string[]> = { name: 'sip-servers', empty: [] }
const SERVERS_AT_MOST = 64
/** Looks within the length of a lease: one that comes late is not missed. */
const LOOKS = 3

export interface Servers {
  start(): Promise<void>
  stop(): Promise<void>
  /** Whether this server is the user's one of those that live. For as long as a lease lasts two may think so. */
  serves(user: Xui): boolean
}

export function createServers(rooms: ServersRooms): Servers {
  const { homes, clock, log, ownName, address, leaseFor } = rooms
  const watched = new Map<string, Lease>()
  const own = createLease(rooms, leaseName(address))
  let isStopped = false
  let looking: Promise<void> = Promise.resolve()
  /** Those that live, as far as is known; none before the start. */
  let living: readonly string[] = []

  const join = (): Promise<readonly string[]> =>
    listed(rooms, (servers) => (servers.includes(address) ? servers : [...servers, address]))

  const share = async (servers: readonly string[]): Promise<void> => {
    const before = living
    living = servers
    if (!areSame(before, servers)) await rooms.shared()
  }

  const look = async (): Promise<void> => {
    // Another one thought that this server is gone: it is there, and says so.
    if ((await own.hold()) === undefined) await own.takeOver()
    await share(await join())
    for (const other of living.filter((server) => server !== address)) {
      const lease = watched.get(other) ?? createLease(rooms, leaseName(other))
      watched.set(other, lease)
      if ((await lease.hold()) === undefined) continue
      log.warn({ server: other }, 'a server of the SIP side has gone: what is registered is served from here')
      const left = await listed(rooms, (servers) => servers.filter((server) => server !== other))
      await lease.release()
      watched.delete(other)
      await rooms.takeOver()
      await share(left)
    }
  }
  const alarm = createAlarm(clock, () => {
    looking = look()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'the servers of the SIP side could not be looked at; again soon'),
      )
      .finally(() => {
        if (!isStopped) alarm.set(clock.now() + leaseFor / LOOKS)
      })
  })

  return {
    async start() {
      await own.takeOver()
      const wasListed = partOf(await homes.read(ownName), SERVERS).includes(address)
      const servers = await join()
      alarm.set(clock.now() + leaseFor / LOOKS)
      // Alone, there is nobody who could be serving; back before anybody missed it, nobody serves what was its.
      if (wasListed || servers.length === 1) await rooms.takeOver()
      await share(servers)
    },
    async stop() {
      isStopped = true
      alarm.callOff()
      await looking
      // It stays in the list: given up, its lease tells the others at once.
      await own.release()
    },
    serves: (user) => serverFor(user, living) === address,
  }
}

/**
 * Rendezvous hashing (Thaler and Ravishankar, 1998): all who know the same servers choose the same one for a user, and
 * one that goes or comes moves its own users alone. `undefined`: there is none.
 */
export function serverFor(user: Xui, servers: readonly string[]): string | undefined {
  const weight = (server: string): string => createHash('sha256').update(`${server} ${user}`).digest('hex')
  return servers.reduce<string | undefined>(
    (best, server) => (best === undefined || weight(server) > weight(best) ? server : best),
    undefined,
  )
}

/** The list becomes what is decided, and is the answer. */
function listed(
  { homes, ownName }: ServersRooms,
  decide: (servers: readonly string[]) => readonly string[],
): Promise<readonly string[]> {
  return update(homes, ownName, (home) => {
    const before = partOf(home, SERVERS)
    const after = decide(before).slice(-SERVERS_AT_MOST)
    if (areSame(before, after)) return { answer: after }
    return { answer: after, commit: { home: withPart(home, SERVERS, after) } }
  })
}

function areSame(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && after.every((server, at) => server === before[at])
}

function leaseName(address: string): string {
  return `sip-server ${address}`
}
