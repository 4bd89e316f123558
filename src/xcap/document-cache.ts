/**
 * Stored documents, parsed: as trees for nodes and constraints, and as what they say to the rooms above. The last ones
 * used are kept by the name of their text: a text never changes and its name is never used twice, so nothing here can
 * be stale.
 */
import { LRUCache } from 'lru-cache'
import type { DocumentEntry, Homes, TextId } from '../home/home.ts'
import { createPace } from '../rounds.ts'
import type { XmlLimits } from '../xml/limits.ts'
import { readDocument, type TextDocument } from '../xml/read-document.ts'
import type { XmlDocument } from '../xml/tree.ts'

export type ReadDocument<T> =
  | { readonly kind: 'read'; readonly value: T }
  /** There is a document, and what it says is not known. */
  | { readonly kind: 'unreadable'; readonly detail: string }

export interface DocumentCacheSettings {
  readonly xml: XmlLimits
  /** Of the texts behind what is kept. What they say takes some times more; a tree counts for so much more of them. */
  readonly bytesAtMost: number
}

/** A tree takes about so many times what its document says, and a little more where that is small. */
const WEIGHT_OF_TREE = 8
const FRAME_OF_TREE = 200

/** So much is read in one round of the event loop: the documents of one user, all together, take much longer. */
const BYTES_AT_ONCE = 32_768

/**
 * Of documents that came whole, the trees of the last so many are kept until somebody asks for a node of them; of the
 * others what the next text is compared with. More trees outlive a round of V8's collector, and to copy one costs more
 * than to read it, for documents that nobody asks.
 */
const UNASKED_AT_MOST = 16

interface Cached {
  readonly size: number
  readonly document?: TextDocument
  readonly said?: ReadDocument<unknown>
}

export class DocumentCache {
  readonly #xml: XmlLimits
  readonly #cached: LRUCache<TextId, Cached>
  readonly #pace = createPace(BYTES_AT_ONCE)
  /** Trees of documents that came whole, the oldest first. */
  readonly #unasked = new Set<TextId>()

  constructor({ xml, bytesAtMost }: DocumentCacheSettings) {
    this.#xml = xml
    this.#cached = new LRUCache({ maxSize: Math.max(1, bytesAtMost), sizeCalculation: weightOf })
  }

  /** `undefined` where the text is gone: the entry is older than the home is now. */
  async tree(homes: Homes, { text, size }: DocumentEntry): Promise<TextDocument | undefined> {
    this.#unasked.delete(text)
    const known = this.#cached.get(text)?.document
    if (known?.isRead === true) return known
    const read = known === undefined ? await this.#parsed(homes, text) : await this.#readAgain(known)
    if (read !== undefined) this.add(text, size, read)
    return read
  }

  /** A document as far as it is kept, its tree or what it is without. */
  kept({ text }: DocumentEntry): TextDocument | undefined {
    return this.#cached.get(text)?.document
  }

  /** What is about to be stored under this name, and was edited: its nodes are asked for next, most likely. */
  add(text: TextId, size: number, document: TextDocument): void {
    const said = this.#cached.get(text)?.said
    this.#cached.set(text, said === undefined ? { size, document } : { size, document, said })
  }

  /** The same of a document that came whole: those inside who hear of the commit read it at once, or nobody does. */
  addWhole(text: TextId, size: number, document: TextDocument): void {
    this.add(text, size, document)
    const [oldest] = this.#unasked.add(text)
    if (oldest === undefined || this.#unasked.size <= UNASKED_AT_MOST) return
    this.#unasked.delete(oldest)
    const cached = this.#cached.peek(oldest)
    cached?.document?.letTreeGo()
    // As light as it is now.
    if (cached !== undefined) this.#cached.set(oldest, { ...cached })
  }

  /**
   * Another text has taken its place, or the document is gone: nobody asks for it again, and it would push out what is
   * asked for, and grow old on the way.
   */
  drop(text: TextId | undefined): void {
    if (text !== undefined) this.#cached.delete(text)
  }

  /**
   * @param read is always the same for documents of one usage. What it throws makes the document unreadable.
   * @throws Refused `unavailable` where the store cannot answer.
   */
  async said<T>(homes: Homes, { text, size }: DocumentEntry, read: (tree: XmlDocument) => T): Promise<ReadDocument<T>> {
    const cached = this.#cached.get(text)
    if (cached?.said !== undefined) return cached.said as ReadDocument<T>
    const document = cached?.document ?? (await this.#documentOrFault(homes, text))
    if (document === undefined) return { kind: 'unreadable', detail: 'its text is not in the store' }
    // What it says is work of its own, also where the tree was kept.
    await this.#pace(size)
    const said = 'kind' in document ? document : saidByAlone(document, read)
    this.#cached.set(text, { ...this.#cached.get(text), size, said })
    return said as ReadDocument<T>
  }

  async #documentOrFault(homes: Homes, text: TextId): Promise<TextDocument | ReadDocument<never> | undefined> {
    const bytes = await this.#bytes(homes, text)
    if (bytes === undefined) return undefined
    const read = saidBy(() => readDocument(bytes, this.#xml))
    return read.kind === 'read' ? read.value : read
  }

  async #parsed(homes: Homes, text: TextId): Promise<TextDocument | undefined> {
    const bytes = await this.#bytes(homes, text)
    return bytes && readDocument(bytes, this.#xml)
  }

  async #readAgain(document: TextDocument): Promise<TextDocument> {
    await this.#pace(document.text.length)
    return document.withTree()
  }

  /** When it is their turn to be read. */
  async #bytes(homes: Homes, text: TextId): Promise<Uint8Array | undefined> {
    const bytes = await homes.text(text)
    if (bytes !== undefined) await this.#pace(bytes.length)
    return bytes
  }
}

function weightOf({ size, document, said }: Cached): number {
  const ofDocument =
    document === undefined ? 0 : document.isRead ? (size + FRAME_OF_TREE) * WEIGHT_OF_TREE : document.bytesWithoutTree
  return Math.max(1, ofDocument + (said === undefined ? 0 : size))
}

function saidBy<T>(read: () => T): ReadDocument<T> {
  try {
    return { kind: 'read', value: read() }
  } catch (error) {
    return { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** The tree is there afterwards where it was before. */
function saidByAlone<T>(document: TextDocument, read: (tree: XmlDocument) => T): ReadDocument<T> {
  const { isRead } = document
  const said = saidBy(() => read(document))
  if (!isRead) document.letTreeGo()
  return said
}
