/** Several processes on one file: the command line beside a server, say. SQLite counts the commits of the others. */
import { openSync, readSync } from 'node:fs'
import { createAlarm, type Clock } from '../../clock.ts'
import { oncePerCallback } from '../../queue.ts'
import type { Database } from './driver.ts'

/** What is kept in memory holds as long as this number: it is another one whenever another process committed. */
export interface OthersCommits {
  /** As it is now; asked once for all that one request reads. */
  now(): number
  /** As it was when somebody asked last: what is known from a transaction of ours is no older than that. */
  seen(): number
  /** The database is being closed: from now on it is asked itself, and says so. */
  end(): void
}

/** @param path of the database, which is open. */
export function countOthers(database: Database, path: string): OthersCommits {
  const select = database.prepare('PRAGMA data_version')
  const ask = (): number => (select.get() as { data_version: number }).data_version
  let seen = ask()
  let isOpen = true
  const index = watchIndex(`${path}-shm`)
  const now = oncePerCallback(() => {
    if (isOpen && index.isSame()) return seen
    // What is committed between the look and the question shows at the next look, and so does a question that failed.
    seen = ask()
    index.remember()
    return seen
  })
  now()
  return { now, seen: () => seen, end: () => void (isOpen = false) }
}

/**
 * SQLite's "WAL-mode File Format" §2.2.1: the index of the log begins with its header, twice, which every commit of any
 * process makes another one: it counts them, and has sums over all that is in the log.
 */
const HEADER_BYTES = 96

interface Index {
  /** Whether nobody has committed since what was remembered. */
  isSame(): boolean
  /** What was looked at last. */
  remember(): void
}

/**
 * By a look at the index's file: to ask SQLite itself costs ten times as much. Where the system may show a file
 * otherwise to who maps it than to who reads it, that is done all the same.
 *
 * The descriptor is never closed. SQLite's locks on this file are the process's, and the system drops all of them when
 * the process closes any descriptor of it.
 */
function watchIndex(path: string): Index {
  if (process.platform !== 'linux') return { isSame: () => false, remember: () => undefined }
  const file = openSync(path, 'r')
  let known = Buffer.alloc(HEADER_BYTES)
  let present = Buffer.alloc(HEADER_BYTES)
  return {
    isSame: () => readSync(file, present, 0, HEADER_BYTES, 0) === HEADER_BYTES && present.equals(known),
    remember() {
      ;[known, present] = [present, known]
    },
  }
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
