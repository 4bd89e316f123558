/**
 * The same suite on every store: each place is a folder of the default store, or the address of a database of its own.
 */
import { afterAll, describe } from 'vitest'
import { withTestDatabase } from '../servers/suite.ts'
import { newDatabase, type NewDatabase } from '../store/mongodb-databases.ts'
import { populate } from './scenario.ts'
import { newFolder } from './server-process.ts'

/** @returns the place of a store with an administrator, Alice and Bob, made without a server. */
type Populated = () => Promise<string>

export async function onEachStore(suite: (populated: Populated) => void): Promise<void> {
  describe('on the default store', () => suite(async () => await populate(await newFolder())))
  await withTestDatabase((server) => {
    const databases: NewDatabase[] = []
    afterAll(async () => {
      for (const database of databases) await database.drop()
    })
    suite(async () => {
      const database = newDatabase(server)
      databases.push(database)
      return await populate(database.url)
    })
  })
}
