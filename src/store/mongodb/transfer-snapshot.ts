/**
 * What lies in the database. A database of many machines cannot hold a moment for us: whether it was one is seen by the
 * stamp, which is another one after every change.
 */
import { createHash } from 'node:crypto'
import type { Account } from '../../access/account.ts'
import type { KeptEntry } from '../../access/trail.ts'
import type { JournalRecord } from '../../feed/journal.ts'
import { noCounts, type Counts, type Item, type Snapshot } from '../transfer.ts'
import type { Collections } from './collections.ts'
import { asRefusal, translatingErrors } from './errors.ts'
import { knownHome } from './home-document.ts'
import { bytesOf } from './inserts.ts'

/** @param deliverAll delivers what is on its way, so that everything lies where it belongs. */
export async function takeSnapshot(
  collections: Collections,
  path: string,
  deliverAll: () => Promise<void>,
): Promise<Snapshot> {
  await deliverAll()
  const { counts, stamp } = await stampOf(collections, path)
  return {
    counts,
    async *items() {
      try {
        yield* itemsIn(collections)
      } catch (error) {
        throw asRefusal(error)
      }
    },
    isOfOneMoment: translatingErrors(async () => (await stampOf(collections, path)).stamp === stamp),
    close: async () => {},
  }
}

async function* itemsIn(collections: Collections): AsyncGenerator<Item> {
  const { kept, accounts, texts, dropped, versions, reservations, journal } = collections
  for await (const { _id: name, value } of kept.find().sort({ _id: 1 })) yield { kind: 'kept', name, value }
  for await (const { xui, role, credentials } of latest(accounts.find().sort({ xui: 1, number: 1 }), 'xui'))
    if (role !== undefined) yield { kind: 'account', xui, role, credentials: credentials as Account['credentials'] }
  for await (const text of texts.find({}, { batchSize: 20 }).sort({ _id: 1 }))
    yield { kind: 'text', id: text._id, bytes: bytesOf(text) }
  for await (const { _id: text, at } of dropped.find().sort({ at: 1, _id: 1 })) yield { kind: 'dropped', at, text }
  yield* messagesIn(collections)
  for await (const { _id, key: document, ...version } of versions.find().sort({ owner: 1, key: 1, revision: 1 }))
    yield { kind: 'version', document, ...version }
  const reserved = latest(reservations.find().sort({ space: 1, name: 1, revision: 1 }), 'key')
  for await (const { space, name, owner, since } of reserved)
    if (owner !== undefined) yield { kind: 'reservation', space, name, owner, since }
  for await (const { entry } of collections.trail.find().sort({ _id: 1 }))
    yield { kind: 'trail', ...(JSON.parse(entry) as KeptEntry) }
  yield* homesIn(collections)
  for await (const { _id: owner, position } of collections.journal_cuts.find().sort({ _id: 1 }))
    yield { kind: 'cut', owner, position }
  let position = 0
  for await (const { _id, at, owner, record, gone } of journal.find().sort({ _id: 1 })) {
    position = _id
    if (gone !== true) yield { kind: 'journal', position, at, owner, record: JSON.parse(record) as JournalRecord }
  }
  yield { kind: 'head', position }
}

async function* messagesIn({ records, bodies }: Collections): AsyncGenerator<Item> {
  const found = latest(records.find({}, { batchSize: 100 }).sort({ message: 1, revision: 1 }), 'message')
  for await (const { message: id, name: uniqueName, owner, value, sweepAt } of found) {
    const body = await bodies.findOne({ _id: id })
    // A value that came late for a message that was swept.
    if (body === null && sweepAt === undefined) continue
    const kept = body === null ? {} : { body: bytesOf(body) }
    const item = { kind: 'message', id, uniqueName, owner, value: JSON.parse(value), ...kept } as const
    yield sweepAt === undefined ? item : { ...item, sweepAt }
  }
}

async function* homesIn({ homes }: Collections): AsyncGenerator<Item> {
  for await (const link of latest(homes.find({}, { batchSize: 100 }).sort({ key: 1, revision: 1 }), 'key')) {
    const { owner, revision, next, documents, parts } = knownHome(link).home
    const item = { kind: 'home', owner, revision, documents: byName(documents), parts: byName(parts) } as const
    yield next === undefined ? item : { ...item, next }
  }
}

function byName<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/**
 * Of documents with the same field, which follow each other, the last one: it has the greatest number, and an older one
 * is there only where a server died before it removed it.
 */
async function* latest<D extends object>(documents: AsyncIterable<D>, field: keyof D): AsyncGenerator<D> {
  let last: D | undefined
  for await (const document of documents) {
    if (last !== undefined && last[field] !== document[field]) yield last
    last = document
  }
  if (last !== undefined) yield last
}

/**
 * Every commit of a home is named, every version of a reservation, and the accounts are read whole; the rest only comes
 * with them or goes.
 */
async function stampOf(
  {
    homes,
    texts,
    dropped,
    versions,
    records,
    journal,
    journal_cuts: cuts,
    reservations,
    trail,
    accounts,
    kept,
  }: Collections,
  path: string,
): Promise<{ readonly counts: Counts; readonly stamp: string }> {
  const hash = createHash('sha256').update(path)
  async function heads<D extends object>(
    documents: AsyncIterable<D>,
    field: keyof D,
    isThere: (document: D) => boolean = () => true,
  ): Promise<number> {
    let count = 0
    for await (const document of latest(documents, field)) {
      hash.update(JSON.stringify(document))
      if (isThere(document)) count += 1
    }
    return count
  }
  const messages = records.find().sort({ message: 1, revision: 1 })
  const reserved = reservations.find().sort({ space: 1, name: 1, revision: 1 })
  const owners = homes.find().sort({ key: 1, revision: 1 })
  const counts = {
    ...noCounts(),
    kept: await kept.countDocuments(),
    account: await heads(accounts.find().sort({ xui: 1, number: 1 }), 'xui', ({ role }) => role !== undefined),
    text: await texts.countDocuments(),
    dropped: await dropped.countDocuments(),
    message: await heads(messages.project<{ message: string }>({ _id: 0, message: 1, revision: 1 }), 'message'),
    version: await versions.countDocuments(),
    reservation: await heads(reserved, 'key', ({ owner }) => owner !== undefined),
    trail: await trail.countDocuments(),
    home: await heads(owners.project<{ key: string }>({ _id: 0, key: 1, revision: 1, commit: 1 }), 'key'),
    cut: await cuts.countDocuments(),
    journal: await journal.countDocuments({ gone: { $exists: false } }),
    head: 1,
  }
  const [newest] = await journal.find().sort({ _id: -1 }).limit(1).toArray()
  return { counts, stamp: hash.update(JSON.stringify([counts, newest?._id])).digest('hex') }
}
