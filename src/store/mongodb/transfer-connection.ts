/**
 * A connection of its own for moving everything: nobody waits but who moves, so each step may take as long as it takes.
 */
import type { MongoClient } from 'mongodb'
import { collectionsOf, type Collections } from './collections.ts'
import { connect, databaseOf } from './connect.ts'

export interface UnhurriedConnection {
  /** Connected with the first question. */
  collections(): Collections
  close(): Promise<void>
}

const ANSWER_WITHIN_MS = 600_000

export function createUnhurriedConnection(url: string): UnhurriedConnection {
  let opened: { readonly client: MongoClient; readonly collections: Collections } | undefined
  return {
    collections() {
      if (opened === undefined) {
        const client = connect(url, ANSWER_WITHIN_MS)
        opened = { client, collections: collectionsOf(client.db(databaseOf(url)), ANSWER_WITHIN_MS) }
      }
      return opened.collections
    },
    close: async () => await opened?.client.close(),
  }
}
