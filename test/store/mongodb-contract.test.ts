/** The suites for all stores that keep, on MongoDB. */
import { vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openMongoStore } from '../../src/store/mongodb/open.ts'
import type { TestDatabase } from '../servers/mongodb.ts'
import { withAtomicDatabase, withTestDatabase } from '../servers/suite.ts'
import { storeContract } from './contract.ts'
import { newDatabase } from './mongodb-databases.ts'
import { cleanups, opened } from './opened.ts'
import { pastBytesContract } from './past-bytes.ts'

const suite = (server: TestDatabase): void => {
  // A thousand commits one after the other: each is several statements of a database that writes to its disk each time.
  vi.setConfig({ testTimeout: 180_000 })
  storeContract('MongoDB', async (clock, retention) => {
    const database = newDatabase(server)
    cleanups.push(database.drop)
    return opened(clock, () => openMongoStore({ url: database.url, clock, retention }))
  })
  pastBytesContract('MongoDB', async (retention) => {
    const database = newDatabase(server)
    cleanups.push(database.drop)
    return await openMongoStore({ url: database.url, clock: systemClock, retention })
  })
}

await withTestDatabase(suite)
// And where updates are atomic: on a MongoDB the store goes another way than on FerretDB.
await withAtomicDatabase(suite)
