/** Reservations in memory, for the same oracle. */
import type { Instant } from '../../src/clock.ts'
import type { Reservation, Reservations } from '../../src/home/reservations.ts'
import type { Owner } from '../../src/names.ts'
import type { Process } from './memory.ts'
import { inOrder } from './plain.ts'

export interface HeldName {
  readonly space: string
  readonly name: string
  readonly owner: Owner
  readonly version: string
  readonly since: Instant
}

export function reservationsOf({ disk, clock, read, write }: Process): Reservations {
  const { reserved } = disk
  const keyOf = (space: string, name: string): string => JSON.stringify([space, name])
  const reservationOf = ({ owner, version, since }: HeldName): Reservation => ({
    owner,
    version,
    age: clock.now() - since,
  })
  let changes = 0

  function put(space: string, name: string, owner: Owner): HeldName {
    const held = { space, name, owner, version: `${disk.figures.transactions}-${(changes += 1)}`, since: clock.now() }
    reserved.set(keyOf(space, name), held)
    return held
  }

  const swap = (space: string, name: string, version: string, change: () => unknown): Promise<boolean> =>
    write(() => {
      if (reserved.get(keyOf(space, name))?.version !== version) return false
      change()
      return true
    })

  return {
    take: (space, name, owner) =>
      write(() => {
        const held = reserved.get(keyOf(space, name))
        return reservationOf(held === undefined || held.owner === owner ? put(space, name, owner) : held)
      }),
    takeOver: (space, name, version, to) => swap(space, name, version, () => put(space, name, to)),
    release: (space, name, version) => swap(space, name, version, () => reserved.delete(keyOf(space, name))),
    list: (after, limit) =>
      read(() =>
        [...reserved.values()]
          .sort((a, b) => inOrder(a.space, b.space) || inOrder(a.name, b.name))
          .filter(
            ({ space, name }) => after === undefined || (inOrder(space, after.space) || inOrder(name, after.name)) > 0,
          )
          .slice(0, limit)
          .map((held) => ({ space: held.space, name: held.name, ...reservationOf(held) })),
      ),
    owners: (space, after, limit) =>
      read(() => {
        const owners = [...reserved.values()].filter((held) => held.space === space).map(({ owner }) => owner)
        return [...new Set(owners)]
          .filter((owner) => owner > after)
          .sort(inOrder)
          .slice(0, limit)
      }),
  }
}
