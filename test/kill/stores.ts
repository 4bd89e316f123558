/**
 * The same suite on every store: each place is a folder of the default store, or the address of a database of its own.
 */
import { afterAll, describe } from 'vitest'
import type { Login } from '../../src/cli/demo/exchange.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { newDatabase, type NewDatabase } from '../store/mongodb-databases.ts'
import { populate } from './scenario.ts'
import { newFolder } from './server-process.ts'

/** @returns the place of a store with an administrator, Alice, Bob and the others, made without a server. */
type Populated = (others?: readonly Login[]) => Promise<string>

export async function onEachStore(suite: (populated: Populated, store: 'default' | 'mongodb') => void): Promise<void> {
  describe('on the default store', () => suite(async (others) => await populate(await newFolder(), others), 'default'))
  await withTestDatabase((server) => {
    const databases: NewDatabase[] = []
    afterAll(async () => {
      for (const database of databases) await database.drop()
    })
    suite(async (others) => {
      const database = newDatabase(server)
      databases.push(database)
      return await populate(database.url, others)
    }, 'mongodb')
  })
}
