/** A document as it is now, for who writes another in its place. */
import { documentKey } from '../home/home.ts'
import type { Etag } from '../names.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { Address } from './request.ts'
import type { XcapRooms } from './rooms.ts'
import { surroundingsOf } from './surroundings.ts'

/** `undefined`: there is none, or the server makes it. */
export async function presentDocument(
  rooms: XcapRooms,
  { selector: { owner, auid, name } }: Address,
): Promise<{ readonly etag: Etag; readonly document: XmlDocument } | undefined> {
  const home = await rooms.homes.read(owner)
  const etag = home.documents.get(documentKey(auid, name))?.etag
  const document = await surroundingsOf(rooms, home).document(auid, name)
  return etag && document && { etag, document }
}
