/**
 * What a constraint may look at beside the document itself (RFC 4825 §8.2.7: resource interdependencies), and what a
 * computed document is made of.
 */
import assert from 'node:assert/strict'
import { documentKey, type Home } from '../home/home.ts'
import type { Sources, Surroundings } from './application-usage.ts'
import type { XcapRooms } from './rooms.ts'

const OWNERS_AT_ONCE = 500

/** The documents are read at the revision of `home`, so what a check saw is what the commit is conditioned on. */
export function surroundingsOf(rooms: XcapRooms, home: Home): Surroundings {
  return {
    home,
    async document(auid, name) {
      const entry = home.documents.get(documentKey(auid, name))
      if (entry === undefined) return undefined
      const document = await rooms.documents.tree(rooms.homes, entry)
      assert.ok(document, 'a document that its home mentions has a text')
      return document
    },
  }
}

export function sourcesOf(rooms: XcapRooms, root: string): Sources {
  return {
    root,
    home: (owner) => rooms.homes.read(owner),
    async *reservers(auid) {
      for (let after = ''; ; ) {
        const owners = await rooms.reservations.owners(auid, after, OWNERS_AT_ONCE)
        yield* owners
        const last = owners.at(-1)
        if (last === undefined) return
        after = last
      }
    },
    document: async (owner, auid, name) => surroundingsOf(rooms, await rooms.homes.read(owner)).document(auid, name),
  }
}
