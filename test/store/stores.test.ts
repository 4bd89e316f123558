/** One suite for all stores: the oracle in memory, and those that keep. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, vi } from 'vitest'
import { openMongoStore } from '../../src/store/mongodb/open.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { storeContract, type Opened } from './contract.ts'
import type { HandClock } from './hand-clock.ts'
import { createMemoryStore } from './memory.ts'
import { newDatabase } from './mongodb-databases.ts'

/** The suite moves its clock by years, and nobody else writes here. */
const A_HUNDRED_YEARS = 100 * 365 * 86_400_000

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** What keeps is closed and opened again; whatever is open behind a test is closed. */
async function opened(clock: HandClock, openStore: () => Promise<Store>): Promise<Opened> {
  const open = async (): Promise<Store> => {
    const store = await openStore()
    cleanups.push(store.close)
    return store
  }
  const store = await open()
  return {
    store,
    clock,
    async reopen() {
      await store.close()
      return open()
    },
  }
}

storeContract('in memory', async (clock, keeping) => {
  const store = createMemoryStore({ clock, keeping })
  return { store, clock, reopen: async () => store.crash() }
})

storeContract('SQLite', async (clock, keeping) => {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return opened(clock, () => openSqliteStore({ folder, clock, keeping, lookEveryMs: A_HUNDRED_YEARS }))
})

await withTestDatabase((server) => {
  // A thousand commits one after the other: each is several statements of a database that writes to its disk each time.
  vi.setConfig({ testTimeout: 180_000 })
  storeContract('MongoDB', async (clock, keeping) => {
    const database = newDatabase(server)
    cleanups.push(database.drop)
    return opened(clock, () => openMongoStore({ url: database.url, clock, keeping }))
  })
})
