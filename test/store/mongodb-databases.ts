/** Databases of their own for tests, on the server that all of them share. */
import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
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
