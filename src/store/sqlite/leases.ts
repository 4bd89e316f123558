/** Leases: a row each, the newest claim. */
import type { Claim, Leases } from '../../home/leases.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { translatingErrors } from './trouble.ts'

interface ClaimRow {
  readonly token: number
  readonly holder: string | null
  readonly beat: string
}

export function createLeases(database: Database, writer: Writer): Leases {
  const select = database.prepare('SELECT token, holder, beat FROM leases WHERE name = ?')
  const put = database.prepare('INSERT OR REPLACE INTO leases (name, token, holder, beat) VALUES (?, ?, ?, ?)')
  const find = (name: string) => select.get(name) as ClaimRow | undefined

  return {
    read: translatingErrors((name): Claim | undefined => {
      const row = find(name)
      return row === undefined ? undefined : { token: row.token, holder: row.holder ?? undefined, beat: row.beat }
    }),
    swap: (name, seen, { token, holder, beat }) =>
      writer.write(() => {
        const row = find(name)
        if (row?.token !== seen?.token || row?.beat !== seen?.beat) return false
        put.run(name, token, holder ?? null, beat)
        return true
      }),
  }
}
