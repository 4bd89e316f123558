/** Several processes on one file: the command line beside a server, say. SQLite counts the commits of the others. */
import type { Clock } from '../../clock.ts'
import type { Database } from './driver.ts'

/** Calls `changed` when another process has committed. Returns how to stop. */
export function watchOthers(database: Database, clock: Clock, everyMs: number, changed: () => void): () => void {
  const select = database.prepare('PRAGMA data_version')
  const versionNow = () => (select.get() as { data_version: number }).data_version
  let seen = versionNow()
  let stop = clock.at(clock.now() + everyMs, look)

  function look(): void {
    stop = clock.at(clock.now() + everyMs, look)
    let version: number
    try {
      version = versionNow()
    } catch {
      // Trouble shows to whoever reads or writes; here it is enough to look again.
      return
    }
    if (version === seen) return
    seen = version
    changed()
  }

  return () => stop()
}
