/** Several processes on one file: the command line beside a server, say. SQLite counts the commits of the others. */
import { createAlarm, type Clock } from '../../clock.ts'
import { oncePerCallback } from '../../rounds.ts'
import type { Database } from './driver.ts'

/** What is kept in memory holds as long as this number: it is another one whenever another process committed. */
export interface OthersCommits {
  /** As it is now; asked once for all that one request reads. */
  now(): number
  /** As it was when somebody asked last: what is known from a transaction of ours is no older than that. */
  seen(): number
}

export function countOthers(database: Database): OthersCommits {
  const select = database.prepare('PRAGMA data_version')
  let seen = 0
  const now = oncePerCallback(() => {
    seen = (select.get() as { data_version: number }).data_version
    return seen
  })
  now()
  return { now, seen: () => seen }
}

/** Calls `changed` when another process has committed. Returns how to stop. */
export function watchOthers(others: OthersCommits, clock: Clock, everyMs: number, changed: () => void): () => void {
  let known = others.seen()
  const alarm = createAlarm(clock, check)
  const arm = (): void => alarm.set(clock.now() + everyMs)
  arm()

  function check(): void {
    arm()
    let now: number
    try {
      now = others.now()
    } catch {
      // Trouble shows to the next reader or writer; here it is enough to ask again.
      return
    }
    if (now === known) return
    known = now
    changed()
  }

  return alarm.callOff
}
