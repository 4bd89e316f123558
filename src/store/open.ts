/** Opens the store that the settings name. */
import type { Clock, Randomness } from '../clock.ts'
import { openSqliteStore } from './sqlite/open.ts'
import type { Retention, Store } from './store.ts'

export interface StoreOptions {
  /** A MongoDB connection string; `undefined`: the default store in `folder`. */
  readonly url: string | undefined
  readonly folder: string
  readonly clock: Clock
  readonly random: Randomness
  readonly retention: Retention
  /** Is told what a listener threw. */
  readonly onTrouble: (trouble: unknown) => void
}

/** @throws Error that says in words for people why the store cannot be opened. */
export async function openStore({ url, folder, ...options }: StoreOptions): Promise<Store> {
  if (url === undefined) return openSqliteStore({ folder, ...options })
  // Its driver is large, and the default store starts without it.
  const { openMongoStore } = await import('./mongodb/open.ts')
  return openMongoStore({ url, ...options })
}
