/** Items from a cursor, page by page. */
import type { Item } from '../transfer.ts'

const ITEMS_AT_ONCE = 500
const BYTES_AT_ONCE = 1024 * 1024

export type Found<I extends Item> = AsyncIterable<{ readonly item: I; readonly size: number }>

/** The items that documents stand for, with about how many bytes each has; `undefined`: none. */
export async function* sized<D, I extends Item>(
  documents: AsyncIterable<D>,
  itemOf: (document: D) => I | undefined | Promise<I | undefined>,
  sizeOf: (document: D, item: I) => number = () => 0,
): AsyncGenerator<{ readonly item: I; readonly size: number }> {
  for await (const document of documents) {
    const item = await itemOf(document)
    if (item !== undefined) yield { item, size: sizeOf(document, item) }
  }
}

export interface Reading<I extends Item> {
  /** The last one that was read. */
  last(): I | undefined
  page(): Promise<readonly I[]>
  close(): Promise<unknown>
}

/** @param found may begin before `after`: what is not behind it is passed over. */
export function createItemReading<I extends Item>(found: Found<I>, after: I | undefined): Reading<I> {
  const iterator = found[Symbol.asyncIterator]()
  let last = after
  return {
    last: () => last,
    async page() {
      const items: I[] = []
      for (let bytes = 0; items.length < ITEMS_AT_ONCE && bytes < BYTES_AT_ONCE; ) {
        const { done, value } = await iterator.next()
        if (done === true) break
        if (last !== undefined && !isBehind(keyOf(value.item), keyOf(last))) continue
        last = value.item
        items.push(value.item)
        bytes += value.size
      }
      return items
    },
    close: async () => await iterator.return?.(),
  }
}

type Key = readonly (string | number)[]

function keyOf(item: Item): Key {
  switch (item.kind) {
    case 'kept':
      return [item.name]
    case 'account':
      return [item.xui]
    case 'text':
    case 'message':
      return [item.id]
    case 'dropped':
      return [item.at, item.text]
    case 'version':
      return [item.owner, item.document, item.revision]
    case 'reservation':
      return [item.space, item.name]
    case 'home':
      return [item.owner]
    case 'journal':
    case 'head':
      return [item.position]
  }
}

/** Texts by their UTF-8 bytes. */
function isBehind(one: Key, other: Key): boolean {
  for (const [at, part] of one.entries()) {
    const than = other[at]!
    const order =
      typeof part === 'number' ? part - Number(than) : Buffer.compare(Buffer.from(part), Buffer.from(String(than)))
    if (order !== 0) return order > 0
  }
  return false
}
