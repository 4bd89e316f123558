/** Several processes on one file: the command line beside a server, say. SQLite counts the commits of the others. */
import { createAlarm, type Clock } from '../../clock.ts'
import type { Database } from './driver.ts'

/** Calls `changed` when another process has committed. Returns how to stop. */
export function watchOthers(database: Database, clock: Clock, everyMs: number, changed: () => void): () => void {
  const select = database.prepare('PRAGMA data_version')
  const versionNow = () => (select.get() as { data_version: number }).data_version
  let seen = versionNow()
  const alarm = createAlarm(clock, check)
  const arm = (): void => alarm.set(clock.now() + everyMs)
  arm()

  function check(): void {
    arm()
    let version: number
    try {
      version = versionNow()
    } catch {
      // Trouble shows to the next reader or writer; here it is enough to ask again.
      return
    }
    if (version === seen) return
    seen = version
    changed()
  }

  return alarm.callOff
}
