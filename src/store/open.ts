/** Opens the store that the settings name. */
import { existsSync } from 'node:fs'
import type { Clock, Randomness } from '../clock.ts'
import type { Channel } from '../workers/channel.ts'
import type { RemoteChanges } from './remote-changes.ts'
import { fileOf, openSqliteStore } from './sqlite/open.ts'
import type { Retention, Store } from './store.ts'

export interface StoreOptions {
  /** A MongoDB connection string; `undefined`: the default store in `folder`. */
  readonly url: string | undefined
  readonly folder: string
  readonly clock: Clock
  readonly random: Randomness
  readonly retention: Retention
  /** How long the questions of one request to the database may take together, in milliseconds. */
  readonly waitMs: number
  /** Is told what a listener threw. */
  readonly onTrouble: (trouble: unknown) => void
  /** Where several workers have the default store open, what each of them changes. */
  readonly changes?: Channel<RemoteChanges> | undefined
}

/** @throws Error that says in words for people why the store cannot be opened. */
export async function openStore({ url, folder, ...options }: StoreOptions): Promise<Store> {
  if (url === undefined) return openSqliteStore({ folder, ...options })
  // Its driver is large, and the default store starts without it.
  const { openMongoStore } = await import('./mongodb/open.ts')
  return openMongoStore({ url, ...options })
}

/**
 * Where the store would lie, and whether it is there; nothing is made.
 * @throws Error of the driver, when the database does not answer.
 */
export async function lookForStore({
  url,
  folder,
}: Pick<StoreOptions, 'url' | 'folder'>): Promise<{ readonly path: string; readonly isThere: boolean }> {
  if (url === undefined) return { path: fileOf(folder), isThere: existsSync(fileOf(folder)) }
  const { lookForMongoStore } = await import('./mongodb/connect.ts')
  return await lookForMongoStore(url)
}
