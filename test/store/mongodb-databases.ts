/** Databases of their own for tests, on the server that all of them share. */
import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openMongoStore, type MongoOptions } from '../../src/store/mongodb/open.ts'
import type { Store } from '../../src/store/store.ts'
import type { TestDatabase } from '../servers/mongodb.ts'

export interface NewDatabase {
  readonly url: string
  /** Looks into it, past the store. */
  readonly client: MongoClient
  readonly name: string
  drop(): Promise<void>
}

export function newDatabase(server: TestDatabase): NewDatabase {
  const name = `xdms_${randomBytes(6).toString('hex')}`
  const url = server.url(name)
  const client = new MongoClient(url)
  return {
    url,
    client,
    name,
    async drop() {
      await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

/** For a suite in which each test has a database of its own, and stores that are closed behind it. */
export function databaseOfEachTest(server: TestDatabase) {
  let database: NewDatabase
  const stores: Store[] = []
  beforeEach(() => {
    vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
    database = newDatabase(server)
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()))
    await database.drop()
  })
  return {
    /** Those that are open; who closes one takes it out. */
    stores,
    /** That of the test that runs. */
    present: () => database,
    collection: (name: string) => database.client.db(database.name).collection<{ _id: string | number }>(name),
    async open(options: Partial<MongoOptions> = {}): Promise<Store> {
      const store = await openMongoStore({ url: database.url, clock: systemClock, ...options })
      stores.push(store)
      return store
    },
  }
}

/** For what is about outcomes, not about time: a busy machine may take as long as it likes. */
export const UNHURRIED_MS = 60_000
export const later = (milliseconds: number) => ({ ...systemClock, now: () => systemClock.now() + milliseconds })
export const positionsOf = async (store: Store) => (await store.journal.read(0, 1_000)).map(({ position }) => position)
export const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
