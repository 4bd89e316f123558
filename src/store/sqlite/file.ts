/** The file as a whole: copied while others write, and put in the place of another one. */
import { existsSync, linkSync, copyFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { closeReader, copyDatabase, openDatabase, type Database } from './driver.ts'
import { isBusy, troubleText } from './trouble.ts'

const BUSY_MS = 5_000
/** Without any patience SQLite gives up on a lock that it holds itself for a moment. */
const ALONE_WITHIN_MS = 1_000
/** So many pages at a time, some megabytes; between them the progress is told. */
const PAGES_AT_ONCE = 1_000

/**
 * A copy of one moment, while others go on writing.
 * @param path of a store that is there.
 * @throws Error in words for people.
 */
export async function copyStore(
  path: string,
  copy: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const database = await openDatabase(dirname(path), path, BUSY_MS)
  try {
    // The moment is held: without it the copy would begin again with every commit of somebody else.
    database.exec('BEGIN')
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    await copyDatabase(database, copy, PAGES_AT_ONCE, progress)
  } catch (error) {
    throw new Error(`The store ${path} cannot be copied: ${troubleText(error)}.`, { cause: error })
  } finally {
    closeReader(database)
  }
}

/**
 * Puts a file where the store is, in one step, and keeps what was there under `aside`, with what its log had.
 * @throws Error in words for people, while somebody else has the store open.
 */
export async function putInPlace(prepared: string, path: string, aside: string): Promise<void> {
  const isThere = existsSync(path)
  if (isThere) await mustBeAlone(path)
  // What is left of a log belongs to the old file, also where that is gone: the new one must not find it.
  for (const end of ['-wal', '-shm']) if (existsSync(path + end)) renameSync(path + end, aside + end)
  if (isThere) keep(path, aside)
  renameSync(prepared, path)
}

function keep(path: string, aside: string): void {
  try {
    linkSync(path, aside)
  } catch {
    copyFileSync(path, aside)
  }
}

/** Everybody who has the file open holds a lock that keeps others from giving up its log. */
async function mustBeAlone(path: string): Promise<void> {
  let database: Database | undefined
  try {
    database = await openDatabase(dirname(path), path, ALONE_WITHIN_MS)
    database.exec('PRAGMA journal_mode = DELETE')
  } catch (error) {
    // One that is damaged is what a restore is for.
    if (!isBusy(error)) return
    throw new Error(`Somebody has the store ${path} open. Stop the server first.`, { cause: error })
  } finally {
    database?.close()
  }
}
