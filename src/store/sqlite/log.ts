/**
 * The write-ahead log goes back into the file a little at a time. SQLite does it itself once the log is long, in the
 * turn of whoever commits then: what small commits left there are the same pages again and again, but what is large is
 * as many other pages as it has, and to copy sixteen megabytes of them and wait for the disk took 25 to 200 ms.
 */
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'

/** So much that is large may lie in the log; to bring it into the file takes some 5 ms. */
const LARGE_BYTES_IN_LOG = 2_097_152

/** @returns the writer; behind so much that is large, the log goes back in a turn of its own. */
export function writingBack(writer: Writer, database: Database): Writer {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  let large = 0

  function writeBack(): void {
    try {
      checkpoint.get()
    } catch {
      // It stays in the log, from where everybody reads it: the disk is full, or the store was closed meanwhile. What
      // is written next says so to who writes it.
    }
  }

  return {
    ...writer,
    async write(job, bytes = 0) {
      const value = await writer.write(job, bytes)
      large += bytes
      if (large >= LARGE_BYTES_IN_LOG) {
        large = 0
        setImmediate(writeBack)
      }
      return value
    },
  }
}
