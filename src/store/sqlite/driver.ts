/**
 * The door to SQLite: the API of node:sqlite, from Node itself where it has that, else from a package with the same
 * API.
 *
 * SQLite works in the calling thread: whatever is done here is done when the call returns.
 */
import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

export type SqlValue = string | number | Uint8Array | null

interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint }
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
  iterate(...values: SqlValue[]): Iterable<unknown>
}

export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

interface Driver {
  readonly DatabaseSync: new (path: string, options?: { readonly timeout?: number }) => Database
  readonly backup: (
    database: never,
    path: string,
    options: {
      readonly rate: number
      readonly progress: (pages: { readonly totalPages: number; readonly remainingPages: number }) => void
    },
  ) => Promise<unknown>
}

/** Node's own, once it can do all that is asked of it here (22.16). */
async function driver(): Promise<Driver> {
  const builtIn: Partial<Driver> | undefined = process.getBuiltinModule('node:sqlite')
  return builtIn?.backup === undefined ? await import('@photostructure/sqlite') : (builtIn as Driver)
}

/**
 * Closes a connection on which a transaction only reads. A closed connection lives on, and its transaction with it,
 * until the last of its statements was collected: so the transaction ends first, or the log could not be written back.
 */
export function closeReader(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // It was not begun, or SQLite has ended it itself, as behind an error of the disk.
  }
  database.close()
}

/** A copy of what the database is, some pages at a time. */
export async function copyDatabase(
  database: Database,
  path: string,
  pagesAtOnce: number,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const { backup } = await driver()
  await backup(database as never, path, {
    rate: pagesAtOnce,
    progress: ({ totalPages, remainingPages }) => progress(totalPages - remainingPages, totalPages),
  })
}

/**
 * The folder and the file are made if they are missing, for this user alone (0700, 0600); SQLite gives its other files
 * the mode of the first.
 * @param busyMs how long a statement waits, blocking, for another process to finish writing.
 */
export async function openDatabase(folder: string, path: string, busyMs: number): Promise<Database> {
  const { DatabaseSync } = await driver()
  makeFolder(folder)
  closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600))
  return new DatabaseSync(path, { timeout: busyMs })
}

/**
 * One by one: Node's recursive mkdir spins for ever where the parent is there and the system says ENOENT all the same,
 * as below /proc.
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error
  }
}
