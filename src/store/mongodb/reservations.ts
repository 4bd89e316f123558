/**
 * Names unique across users: a chain for each name. One that is given back leaves its last link for a while, without
 * the owner.
 */
import type { Collection } from 'mongodb'
import { identifier, type Clock, type Instant, type Randomness } from '../../clock.ts'
import type { Reservation, Reservations } from '../../home/reservations.ts'
import type { Owner } from '../../names.ts'
import { createQueues } from '../../queue.ts'
import { createChain } from './chain.ts'
import type { Collections, ReservationLink } from './collections.ts'
import type { Deadlines } from './deadlines.ts'
import { unavailable } from './errors.ts'

/** Somebody else was quicker each time. */
const ROUNDS_AT_MOST = 20
/** Who wanted to take over a name that long ago and has been frozen since is not there any more. */
const FREE_FOR_MS = 86_400_000

export interface ReservationsTable {
  readonly reservations: Reservations
  /** Removes what is left of names that were given back long ago. */
  sweep(): Promise<void>
}

export function createReservations(
  { reservations: links }: Collections,
  clock: Clock,
  random: Randomness,
  { bounded }: Deadlines,
): ReservationsTable {
  const chain = createChain(links)
  const queues = createQueues<string>()
  const { reservationOf, list, owners } = createLookups(links, clock)

  async function put(
    space: string,
    name: string,
    base: ReservationLink | undefined,
    owner: Owner | undefined,
  ): Promise<ReservationLink | undefined> {
    const now = clock.now()
    const content = { space, name, since: now, ...(owner === undefined ? { free: now } : { owner }) }
    const link = await chain.append(keyOf(space, name), base, identifier(random), content)
    if (link !== undefined && base !== undefined) await chain.prune(link)
    return link
  }

  async function swap(space: string, name: string, version: string, owner: Owner | undefined): Promise<boolean> {
    const head = await chain.head(keyOf(space, name))
    if (head === undefined || head.commit !== version || head.owner === undefined) return false
    return (await put(space, name, head, owner)) !== undefined
  }

  async function take(space: string, name: string, owner: Owner): Promise<Reservation> {
    for (let round = 0; round < ROUNDS_AT_MOST; round++) {
      const head = await chain.head(keyOf(space, name))
      if (head?.owner !== undefined && head.owner !== owner) return reservationOf(head, head.owner)
      const taken = await put(space, name, head, owner)
      if (taken !== undefined) return reservationOf(taken, owner)
    }
    throw unavailable('Too many others are writing here at once.')
  }

  return {
    reservations: {
      take: bounded((space, name, owner) => queues.run(keyOf(space, name), () => take(space, name, owner))),
      takeOver: bounded((space, name, version, to) =>
        queues.run(keyOf(space, name), () => swap(space, name, version, to)),
      ),
      release: bounded((space, name, version) =>
        queues.run(keyOf(space, name), () => swap(space, name, version, undefined)),
      ),
      list: bounded(list),
      owners: bounded(owners),
    },
    async sweep() {
      const until: Instant = clock.now() - FREE_FOR_MS
      const old = await links
        .find({ free: { $lte: until } })
        .limit(1_000)
        .toArray()
      if (old.length > 0) await links.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } })
    },
  }
}

function createLookups(links: Collection<ReservationLink>, clock: Clock) {
  // The ages are those of a courtesy of a minute, and of a day: minutes between the clocks of two machines do no harm.
  const reservationOf = ({ commit, since }: ReservationLink, owner: Owner): Reservation => ({
    owner,
    version: commit,
    age: Math.max(0, clock.now() - since),
  })

  const list: Reservations['list'] = async (after, limit) => {
    const behind =
      after === undefined
        ? {}
        : { $or: [{ space: { $gt: after.space } }, { space: after.space, name: { $gt: after.name } }] }
    const held = await links
      .find({ owner: { $exists: true }, ...behind })
      .sort({ space: 1, name: 1 })
      .limit(limit)
      .toArray()
    return held.map((link) => ({ space: link.space, name: link.name, ...reservationOf(link, link.owner!) }))
  }

  async function owners(space: string, after: string, limit: number): Promise<readonly Owner[]> {
    const found = new Set<Owner>()
    for await (const { owner } of links.find({ space, owner: { $gt: after as Owner } }).sort({ owner: 1 })) {
      if (found.size === limit && !found.has(owner!)) break
      found.add(owner!)
    }
    return [...found]
  }

  return { reservationOf, list, owners }
}

/** A space is an AUID: no blank is in it. */
function keyOf(space: string, name: string): string {
  return `${space} ${name}`
}
