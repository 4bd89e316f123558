/** What stored documents say, kept by the name of their text: a text never changes, and its name is never used twice. */
import type { DocumentEntry, Homes, TextId } from '../home/home.ts'
import type { XmlLimits } from '../xml/limits.ts'
import { readDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'

export type ReadDocument<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** There is a document, and nobody knows what it says. */
  | { readonly kind: 'unreadable'; readonly detail: string }

export interface DocumentCacheSettings {
  readonly xml: XmlLimits
  /** Of the texts behind what is kept. What they say takes some times more. */
  readonly bytesAtMost: number
}

export class DocumentCache {
  readonly #settings: DocumentCacheSettings
  /** The least recently used first. */
  readonly #kept = new Map<TextId, { readonly found: ReadDocument<unknown>; readonly size: number }>()
  #bytes = 0

  constructor(settings: DocumentCacheSettings) {
    this.#settings = settings
  }

  /**
   * @param read is always the same for documents of one usage. What it throws makes the document unreadable.
   * @throws Refused `unavailable` where the store cannot answer.
   */
  async get<T>(
    homes: Homes,
    { text, size }: DocumentEntry,
    read: (document: XmlDocument) => T,
  ): Promise<ReadDocument<T>> {
    const kept = this.#kept.get(text)
    if (kept !== undefined) {
      this.#kept.delete(text)
      this.#kept.set(text, kept)
      return kept.found as ReadDocument<T>
    }
    const bytes = await homes.text(text)
    if (bytes === undefined) return { kind: 'unreadable', detail: 'its text is not in the store' }
    const found = this.#read(bytes, read)
    this.#keep(text, found, size)
    return found
  }

  #read<T>(bytes: Uint8Array, read: (document: XmlDocument) => T): ReadDocument<T> {
    try {
      return { kind: 'read', value: read(readDocument(bytes, this.#settings.xml)) }
    } catch (error) {
      return { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) }
    }
  }

  #keep(text: TextId, found: ReadDocument<unknown>, size: number): void {
    if (this.#kept.has(text)) return
    this.#kept.set(text, { found, size })
    this.#bytes += size
    for (const [oldest, entry] of this.#kept) {
      if (this.#bytes <= this.#settings.bytesAtMost) break
      this.#kept.delete(oldest)
      this.#bytes -= entry.size
    }
  }
}
