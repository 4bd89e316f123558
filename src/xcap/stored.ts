/**
 * Stored documents as trees, for nodes and for constraints. The last ones used are kept by the name of their text: a text never changes
 * and its name is never used twice, so nothing here can be stale. A tree takes about nine times its text.
 */
import type { DocumentEntry, Homes, TextId } from '../home/home.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { XcapRooms } from './rooms.ts'

/** Characters of the texts behind what is kept. */
const CACHED_AT_MOST = 2 * 1024 * 1024

interface Cached {
  /** The least recently used first. */
  readonly documents: Map<TextId, XmlDocument>
  characters: number
}

const cacheOf = new WeakMap<Homes, Cached>()

/** `undefined` where the text is gone: the entry is older than the home is now. */
export async function storedDocument(rooms: XcapRooms, { text }: DocumentEntry): Promise<XmlDocument | undefined> {
  const cached = cacheOf.get(rooms.homes)?.documents.get(text)
  if (cached !== undefined) {
    cacheDocument(rooms, text, cached)
    return cached
  }
  const bytes = await rooms.homes.text(text)
  if (bytes === undefined) return undefined
  const document = readDocument(bytes, rooms.limits.xml)
  cacheDocument(rooms, text, document)
  return document
}

/** What is about to be stored under this name is read next, most likely. */
export function cacheDocument(rooms: XcapRooms, text: TextId, document: XmlDocument): void {
  const cached = cacheOf.get(rooms.homes) ?? { documents: new Map<TextId, XmlDocument>(), characters: 0 }
  cacheOf.set(rooms.homes, cached)
  if (!cached.documents.delete(text)) cached.characters += document.text.length
  cached.documents.set(text, document)
  for (const [
    oldest,
    {
      text: { length },
    },
  ] of cached.documents) {
    if (cached.characters <= CACHED_AT_MOST) break
    cached.documents.delete(oldest)
    cached.characters -= length
  }
}
