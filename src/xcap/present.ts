/** A document as it is now, for who writes another in its place. */
import type { Etag } from '../names.ts'
import { Refused } from '../refusal.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { getResource } from './get.ts'
import type { Address } from './request.ts'
import type { XcapRooms } from './rooms.ts'

/** `undefined`: there is none. */
export async function presentDocument(
  rooms: XcapRooms,
  address: Address,
): Promise<{ readonly etag: Etag; readonly document: XmlDocument } | undefined> {
  try {
    const found = await getResource(rooms, { address, conditions: {} })
    if (found.kind !== 'found') return undefined
    return { etag: found.etag, document: readDocument(found.body, rooms.limits.xml) }
  } catch (error) {
    if (error instanceof Refused && error.refusal.kind === 'not-found') return undefined
    throw error
  }
}
