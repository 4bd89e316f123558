/** Inserts of what is immutable, under names never used twice: to do it again does no harm. */
import assert from 'node:assert/strict'
import { Binary, type Collection, type Document, type OptionalUnlessRequiredId } from 'mongodb'
import type { BytesDocument } from './collections.ts'
import { duplicatesOf } from './errors.ts'

/** @returns those that were there already. */
export async function insertNew<D extends Document>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<readonly D[]> {
  if (documents.length === 0) return []
  try {
    await collection.insertMany(documents as readonly OptionalUnlessRequiredId<D>[], { ordered: false })
    return []
  } catch (error) {
    const duplicates = duplicatesOf(error)
    if (duplicates === undefined) throw error
    return duplicates.map((index) => documents[index]!)
  }
}

/** @returns the ids of those that were there already; they have the same bytes. */
export async function insertBytes(
  collection: Collection<BytesDocument>,
  what: string,
  items: readonly { readonly id: string; readonly bytes: Uint8Array }[],
): Promise<readonly string[]> {
  const present = await insertNew(
    collection,
    items.map(({ id, bytes }) => ({ _id: id, bytes: new Binary(bytes) })),
  )
  for (const { _id, bytes } of present) {
    const there = await collection.findOne({ _id })
    assert(there !== null && Buffer.from(bytesOf(there)).equals(bytes.value()), `the ${what} ${_id} has other bytes`)
  }
  return present.map(({ _id }) => _id)
}

export function bytesOf({ bytes }: BytesDocument): Uint8Array {
  return Uint8Array.from(bytes.value())
}
