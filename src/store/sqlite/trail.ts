/** The trail: a row for each entry, with what it is found by beside it. */
import type { KeptEntry, Trail } from '../../access/trail.ts'
import type { Instant } from '../../clock.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { translatingErrors } from './trouble.ts'

export interface TrailTable {
  readonly trail: Trail
  /** Within a transaction: removes at most `limit` of those that are too old or too many. @returns how many. */
  sweep(until: Instant, atMost: number, limit: number): number
}

export function createTrail(database: Database, writer: Writer): TrailTable {
  const insert = database.prepare('INSERT OR REPLACE INTO trail (id, at, user, what, entry) VALUES (?, ?, ?, ?, ?)')
  const select = (where: string) =>
    database.prepare(`SELECT entry FROM trail WHERE ${where} id < ? ORDER BY id DESC LIMIT ?`)
  const all = select('')
  const ofUser = select('user = ? AND')
  const ofDeed = select('what = ? AND')
  const ofBoth = select('user = ? AND what = ? AND')
  const oldest = database.prepare('SELECT id, at FROM trail ORDER BY id LIMIT ?')
  const count = database.prepare('SELECT count(*) AS count FROM trail')
  const remove = database.prepare('DELETE FROM trail WHERE id = ?')
  return {
    trail: {
      append: (entries) =>
        writer.write(() => {
          for (const entry of entries) insert.run(...rowOf(entry))
        }),
      read: translatingErrors(({ user, what }, before = LAST, limit) => {
        const rows =
          user === undefined
            ? what === undefined
              ? all.all(before, limit)
              : ofDeed.all(what, before, limit)
            : what === undefined
              ? ofUser.all(user, before, limit)
              : ofBoth.all(user, what, before, limit)
        return (rows as { entry: string }[]).map(({ entry }) => JSON.parse(entry) as KeptEntry)
      }),
    },
    sweep(until, atMost, limit) {
      const tooMany = (count.get() as { count: number }).count - atMost
      const rows = oldest.all(limit) as { id: string; at: Instant }[]
      const old = rows.filter(({ at }, index) => at <= until || index < tooMany)
      for (const { id } of old) remove.run(id)
      return old.length
    },
  }
}

/** Behind every id. */
const LAST = '~'

function rowOf(entry: KeptEntry): [string, number, string, string, string] {
  return [entry.id, entry.at, entry.user, entry.what, JSON.stringify(entry)]
}
