/**
 * Stored documents as trees, for nodes and for constraints. The last ones used are kept by the name of their text: a text never changes
 * and its name is never used twice, so nothing here can be stale. A tree takes about nine times its text.
 */
import type { DocumentEntry, Homes, TextId } from '../home/home.ts'
import { readDocument } from '../xml/gate.ts'
import type { XmlDocument } from '../xml/tree.ts'
import type { XcapRooms } from './rooms.ts'

/** Characters of the texts behind what is kept. */
const KEPT_AT_MOST = 2 * 1024 * 1024

interface Kept {
  /** The least recently used first. */
  readonly documents: Map<TextId, XmlDocument>
  characters: number
}

const keptOf = new WeakMap<Homes, Kept>()

/** `undefined` where the text is gone: the entry is older than the home is now. */
export async function storedDocument(rooms: XcapRooms, { text }: DocumentEntry): Promise<XmlDocument | undefined> {
  const kept = keptOf.get(rooms.homes)?.documents.get(text)
  if (kept !== undefined) {
    keepDocument(rooms, text, kept)
    return kept
  }
  const bytes = await rooms.homes.text(text)
  if (bytes === undefined) return undefined
  const document = readDocument(bytes, rooms.limits.xml)
  keepDocument(rooms, text, document)
  return document
}

/** What is about to be stored under this name is read next, most likely. */
export function keepDocument(rooms: XcapRooms, text: TextId, document: XmlDocument): void {
  const kept = keptOf.get(rooms.homes) ?? { documents: new Map<TextId, XmlDocument>(), characters: 0 }
  keptOf.set(rooms.homes, kept)
  if (!kept.documents.delete(text)) kept.characters += document.text.length
  kept.documents.set(text, document)
  for (const [
    oldest,
    {
      text: { length },
    },
  ] of kept.documents) {
    if (kept.characters <= KEPT_AT_MOST) break
    kept.documents.delete(oldest)
    kept.characters -= length
  }
}
