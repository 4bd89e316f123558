/** Names unique across users: a row each, found by its name. */
import type { Clock } from '../../clock.ts'
import type { Reservation, Reservations } from '../../home/reservations.ts'
import type { Owner } from '../../names.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { translatingErrors } from './trouble.ts'

interface ReservationRow {
  readonly space: string
  readonly name: string
  readonly version: number
  readonly owner: Owner
  readonly since: number
}

export function createReservations(database: Database, writer: Writer, clock: Clock): Reservations {
  const select = database.prepare('SELECT version, owner, since FROM reservations WHERE space = ? AND name = ?')
  /** In place of the row that is there: with another version. */
  const put = database.prepare('INSERT OR REPLACE INTO reservations (space, name, owner, since) VALUES (?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM reservations WHERE space = ? AND name = ?')
  const list = database.prepare(
    'SELECT space, name, version, owner, since FROM reservations WHERE (space, name) > (?, ?) ORDER BY ' +
      'space, name LIMIT ?',
  )
  const owners = database.prepare(
    'SELECT DISTINCT owner FROM reservations WHERE space = ? AND owner > ? ORDER BY owner LIMIT ?',
  )

  const find = (space: string, name: string) => select.get(space, name) as ReservationRow | undefined
  const reservationOf = ({ version, owner, since }: ReservationRow): Reservation => ({
    owner,
    version: String(version),
    age: Math.max(0, clock.now() - since),
  })

  /** Does `change` if the reservation is still in that version. */
  function swap(space: string, name: string, version: string, change: () => void): Promise<boolean> {
    return writer.write(() => {
      const row = find(space, name)
      if (row === undefined || String(row.version) !== version) return false
      change()
      return true
    })
  }

  return {
    take: (space, name, owner) =>
      writer.write(() => {
        const row = find(space, name)
        if (row !== undefined && row.owner !== owner) return reservationOf(row)
        put.run(space, name, owner, clock.now())
        return reservationOf(find(space, name)!)
      }),
    takeOver: (space, name, version, to) => swap(space, name, version, () => put.run(space, name, to, clock.now())),
    release: (space, name, version) => swap(space, name, version, () => remove.run(space, name)),
    list: translatingErrors((after, limit) =>
      (list.all(after?.space ?? '', after?.name ?? '', limit) as ReservationRow[]).map((row) => ({
        space: row.space,
        name: row.name,
        ...reservationOf(row),
      })),
    ),
    owners: translatingErrors((space, after, limit) =>
      (owners.all(space, after, limit) as { owner: Owner }[]).map(({ owner }) => owner),
    ),
  }
}
