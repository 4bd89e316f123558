/**
 * A store as one file, taken while servers use it, and put back. Until a file is complete and checked it lies in a
 * folder FILE.part; until a store is complete and checked it lies in `restoring` beside where it is to be.
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { instantText } from '../clock.ts'
import { FEED_KEY } from '../feed/ids.ts'
import { checkStore, type Checked, type Expected } from './check.ts'
import { openStore, type StoreOptions } from './open.ts'
import { copyStore, putInPlace } from './sqlite/file.ts'
import { fileOf } from './sqlite/open.ts'
import { exportTo, importFrom, type Progress } from './move.ts'
import { sync } from './sync.ts'

const SQLITE = 'SQLite format 3\0'

/**
 * The default store is copied as it is, of a database everything is exported. One that was interrupted begins again.
 * @param file an absolute path where nothing is yet.
 * @throws Error in words for people; then there is no such file.
 */
export async function backUp(
  file: string,
  options: StoreOptions,
  expected: Expected,
  progress: Progress,
): Promise<Checked> {
  if (existsSync(file)) throw new Error(`${file} is there already. Give another name.`)
  if (options.url !== undefined) return await backUpDatabase(file, options, expected, progress)
  const part = `${file}.part`
  await rm(part, { recursive: true, force: true })
  await mkdir(part, { mode: 0o700 })
  const copy = fileOf(part)
  await copyStore(fileOf(options.folder), copy, (done, total) => progress('copying pages', done, total))
  const checked = await whole({ ...options, folder: part }, expected, progress)
  await mustHaveLeftLog(copy)
  await sync(copy)
  await rename(copy, file)
  await sync(dirname(file))
  await rm(part, { recursive: true })
  return checked
}

async function backUpDatabase(
  file: string,
  options: StoreOptions,
  expected: Expected,
  progress: Progress,
): Promise<Checked> {
  const store = await openStore(options)
  try {
    const checked = mustBeWithoutDamage(store.path, await checkStore(store, expected, progress))
    await exportTo(file, store, options.clock.now(), progress)
    return checked
  } finally {
    await store.close()
  }
}

export interface Restored extends Checked {
  /** Of the store, for people. */
  readonly path: string
  /** Where what was there before lies now. */
  readonly aside: string | undefined
}

/**
 * Changes made since the backup are gone, so whoever watches begins anew: ids of positions from before mean nothing.
 * @param replaces whether there may be a store already; it is kept.
 * @throws Error in words for people; then the store is as it was.
 */
export async function restore(
  file: string,
  options: StoreOptions,
  expected: Expected,
  replaces: boolean,
  progress: Progress,
): Promise<Restored> {
  const isCopy = (await beginningOf(file, SQLITE.length)) === SQLITE
  if (options.url !== undefined) return await restoreDatabase(file, isCopy, options, expected, progress)
  const path = fileOf(options.folder)
  if (existsSync(path) && !replaces)
    throw new Error(`There is a store ${path} already. With --replace it makes room, and is kept beside the new one.`)
  const prepared = join(dirname(path), 'restoring')
  await rm(prepared, { recursive: true, force: true })
  await mkdir(prepared, { recursive: true, mode: 0o700 })
  if (isCopy) await copyFile(file, fileOf(prepared))
  else await importInto({ ...options, folder: prepared }, file, progress)
  const checked = await whole({ ...options, folder: prepared }, expected, progress, FEED_KEY)
  await mustHaveLeftLog(fileOf(prepared))
  await sync(fileOf(prepared))
  const before = `${path}.before-${instantText(options.clock.now()).replaceAll(':', '')}`
  const aside = existsSync(path) ? before : undefined
  await putInPlace(fileOf(prepared), path, before)
  await sync(dirname(path))
  await rm(prepared, { recursive: true })
  return { ...checked, path, aside }
}

/** What is still in SQLite's log would stay behind when the file alone is put in its place. */
async function mustHaveLeftLog(path: string): Promise<void> {
  const log = `${path}-wal`
  if (existsSync(log) && (await stat(log)).size > 0) throw new Error(`${log} could not be written back into ${path}.`)
}

async function restoreDatabase(
  file: string,
  isCopy: boolean,
  options: StoreOptions,
  expected: Expected,
  progress: Progress,
): Promise<Restored> {
  if (isCopy)
    throw new Error(
      `${file} is a default store. Restore it into a folder, export that, and restore the export into the database.`,
    )
  await importInto(options, file, progress)
  return { ...(await whole(options, expected, progress)), aside: undefined }
}

async function importInto(options: StoreOptions, file: string, progress: Progress): Promise<void> {
  const store = await openStore(options)
  try {
    await importFrom(file, store, progress, FEED_KEY)
  } finally {
    await store.close()
  }
}

/**
 * @param forgetting the name of a kept value that is made anew.
 * @throws Error in words for people, where anything is damaged.
 */
async function whole(
  options: StoreOptions,
  expected: Expected,
  progress: Progress,
  forgetting?: string,
): Promise<Checked & { readonly path: string }> {
  const store = await openStore(options)
  try {
    const checked = mustBeWithoutDamage(store.path, await checkStore(store, expected, progress))
    if (forgetting !== undefined) await store.transfer.forget(forgetting)
    return { ...checked, path: store.path }
  } finally {
    await store.close()
  }
}

function mustBeWithoutDamage(path: string, checked: Checked): Checked {
  if (checked.found === 0) return checked
  throw new Error(`${path} is damaged: ${checked.damage.join('; ')}.`)
}

async function beginningOf(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r').catch((error: Error) => {
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0)
    return buffer.subarray(0, bytesRead).toString('latin1')
  } finally {
    await handle.close()
  }
}
