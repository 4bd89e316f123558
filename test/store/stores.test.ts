/**
 * One suite for all stores: the oracle in memory, and the one that keeps without a database. MongoDB:
 * `mongodb-contract.test.ts`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { storeContract } from './contract.ts'
import { createMemoryStore } from './memory.ts'
import { cleanups, opened } from './opened.ts'

/** The suite moves its clock by years, and nobody else writes here. */
const A_HUNDRED_YEARS = 100 * 365 * 86_400_000

storeContract('in memory', async (clock, retention) => {
  const store = createMemoryStore({ clock, retention })
  return { store, clock, reopen: async () => store.crash() }
})

storeContract('SQLite', async (clock, retention) => {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return opened(clock, () => openSqliteStore({ folder, clock, retention, lookEveryMs: A_HUNDRED_YEARS }))
})
