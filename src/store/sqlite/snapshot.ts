/** What several statements read is of one moment: another process may be committing. */
import type { Database } from './driver.ts'

/** @returns does `read`, within a transaction or without one. */
export function createSnapshot(database: Database): <T>(read: () => T) => T {
  const begin = database.prepare('SAVEPOINT snapshot')
  const end = database.prepare('RELEASE snapshot')
  return (read) => {
    begin.run()
    try {
      return read()
    } finally {
      end.run()
    }
  }
}
