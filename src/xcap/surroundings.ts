/** What a constraint may look at beside the document itself (RFC 4825 §8.2.7: resource interdependencies). */
import { documentKey, type Home } from '../home/home.ts'
import { readDocument } from '../xml/gate.ts'
import type { Surroundings } from './application-usage.ts'
import type { XcapRooms } from './rooms.ts'

/** The documents are read at the revision of `home`, so what a check saw is what the commit is conditioned on. */
export function surroundingsOf(rooms: XcapRooms, home: Home): Surroundings {
  return {
    home,
    async document(auid, name) {
      const entry = home.documents.get(documentKey(auid, name))
      const bytes = entry && (await rooms.homes.text(entry.text))
      return bytes && readDocument(bytes, rooms.limits.xml)
    },
  }
}
