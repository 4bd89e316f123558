/**
 * What lies in the database. A database of many machines cannot hold a moment for us: whether it was one is seen by the
 * stamp, which is another one after every change.
 */
import { createHash } from 'node:crypto'
import type { Account } from '../../access/account.ts'
import type { JournalRecord } from '../../feed/journal.ts'
import type { Item, ItemOf, Kind, Picture } from '../transfer.ts'
import { noCounts, type Counts } from '../transfer.ts'
import type { Collections } from './collections.ts'
import { knownHome } from './home-document.ts'
import { bytesOf } from './inserts.ts'
import { createItemReading, sized, type Found, type Reading } from './transfer-reading.ts'
import { translatingErrors } from './errors.ts'

/** The items in their order; from `after` on, or from a little before it. */
type Streams = { readonly [K in Kind]: (after: ItemOf<K> | undefined) => Found<ItemOf<K>> }

/** @param settle carries what is on its way, so that everything lies where it belongs. */
export async function takePicture(
  collections: Collections,
  path: string,
  settle: () => Promise<void>,
): Promise<Picture> {
  await settle()
  const { counts, stamp } = await lookAt(collections, path)
  const streams: Streams = { ...plainStreams(collections), ...latestStreams(collections) }
  const readings = new Map<Kind, Reading<Item>>()

  async function page<K extends Kind>(kind: K, after: ItemOf<K> | undefined): Promise<readonly ItemOf<K>[]> {
    const known = readings.get(kind) as Reading<ItemOf<K>> | undefined
    // Pages that are asked for in their order come from one cursor: it sorts once, also where there is no index to go
    // by.
    const reading =
      known !== undefined && known.last() === after
        ? known
        : createItemReading(streams[kind](after) as Found<ItemOf<K>>, after)
    if (reading !== known) await known?.close()
    readings.set(kind, reading as Reading<Item>)
    return await reading.page()
  }

  return {
    counts,
    stamp,
    page: translatingErrors(page) as Picture['page'],
    isTrue: translatingErrors(async () => (await lookAt(collections, path)).stamp === stamp),
    async close() {
      for (const reading of readings.values()) await reading.close()
    },
  }
}

const from = (field: string, value: string | number | undefined) =>
  value === undefined ? {} : { [field]: { $gte: value } }

function plainStreams({
  texts,
  dropped,
  versions,
  journal,
  kept,
}: Collections): Omit<Streams, 'account' | 'message' | 'home' | 'reservation'> {
  return {
    kept: (after) =>
      sized(kept.find(from('_id', after?.name)).sort({ _id: 1 }), ({ _id: name, value }) => ({
        kind: 'kept',
        name,
        value,
      })),
    text: (after) =>
      sized(
        texts.find(from('_id', after?.id), { batchSize: 20 }).sort({ _id: 1 }),
        (text) => ({ kind: 'text', id: text._id, bytes: bytesOf(text) }),
        ({ bytes }) => bytes.length(),
      ),
    dropped: (after) =>
      sized(dropped.find(from('at', after?.at)).sort({ at: 1, _id: 1 }), ({ _id: text, at }) => ({
        kind: 'dropped',
        at,
        text,
      })),
    version: (after) =>
      sized(
        versions.find(from('owner', after?.owner)).sort({ owner: 1, key: 1, revision: 1 }),
        ({ _id, key: document, ...version }) => ({ kind: 'version', document, ...version }),
      ),
    journal: (after) =>
      sized(
        journal.find(from('_id', after?.position)).sort({ _id: 1 }),
        ({ _id: position, at, owner, record, gone }) =>
          gone === true
            ? undefined
            : { kind: 'journal', position, at, owner, record: JSON.parse(record) as JournalRecord },
      ),
    async *head(after) {
      if (after !== undefined) return
      const [newest] = await journal.find().sort({ _id: -1 }).limit(1).toArray()
      yield { item: { kind: 'head', position: newest?._id ?? 0 }, size: 0 }
    },
  }
}

/**
 * Of these the document with the greatest number counts; an older one is there only where somebody died before he
 * removed it.
 */
function latestStreams({
  homes,
  records,
  bodies,
  accounts,
  reservations,
}: Collections): Pick<Streams, 'account' | 'message' | 'home' | 'reservation'> {
  return {
    account: (after) =>
      sized(
        latest(accounts.find(from('xui', after?.xui)).sort({ xui: 1, number: 1 }), 'xui'),
        ({ xui, role, credentials }) =>
          role === undefined
            ? undefined
            : { kind: 'account', xui, role, credentials: credentials as Account['credentials'] },
      ),
    reservation: (after) =>
      sized(
        latest(reservations.find(from('space', after?.space)).sort({ space: 1, name: 1, revision: 1 }), 'key'),
        ({ space, name, owner, since }) =>
          owner === undefined ? undefined : { kind: 'reservation', space, name, owner, since },
      ),
    message: (after) =>
      sized(
        latest(
          records.find(from('message', after?.id), { batchSize: 100 }).sort({ message: 1, revision: 1 }),
          'message',
        ),
        async ({ message: id, name: uniqueName, owner, value, sweepAt }) => {
          const body = await bodies.findOne({ _id: id })
          // A value that came late for a message that was swept.
          if (body === null) return undefined
          return {
            kind: 'message',
            id,
            uniqueName,
            owner,
            value: JSON.parse(value) as unknown,
            body: bytesOf(body),
            ...(sweepAt === undefined ? {} : { sweepAt }),
          }
        },
        ({ value }, { body }) => value.length + body.length,
      ),
    home: (after) =>
      sized(
        latest(homes.find(from('key', after?.owner), { batchSize: 100 }).sort({ key: 1, revision: 1 }), 'key'),
        (link) => {
          const { owner, revision, next, documents, parts } = knownHome(link).home
          return {
            kind: 'home',
            owner,
            revision,
            ...(next === undefined ? {} : { next }),
            documents: byName(documents),
            parts: byName(parts),
          }
        },
        ({ state }) => state.length,
      ),
  }
}

/** Of documents with the same field, which follow each other, the last one. */
async function* latest<D extends object>(documents: AsyncIterable<D>, field: keyof D): AsyncGenerator<D> {
  let last: D | undefined
  for await (const document of documents) {
    if (last !== undefined && last[field] !== document[field]) yield last
    last = document
  }
  if (last !== undefined) yield last
}

function byName<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

/**
 * Every commit of a home is named, every version of a reservation, and the accounts are looked at whole; the rest only
 * comes with them or goes.
 */
async function lookAt(
  collections: Collections,
  path: string,
): Promise<{ readonly counts: Counts; readonly stamp: string }> {
  const { homes, texts, dropped, versions, records, journal, reservations, accounts, kept } = collections
  const hash = createHash('sha256').update(path)
  async function heads<D extends object>(
    documents: AsyncIterable<D>,
    field: keyof D,
    counts: (document: D) => boolean = () => true,
  ): Promise<number> {
    let count = 0
    for await (const document of latest(documents, field)) {
      hash.update(JSON.stringify(document))
      if (counts(document)) count += 1
    }
    return count
  }
  const counts = {
    ...noCounts(),
    kept: await kept.countDocuments(),
    account: await heads(accounts.find().sort({ xui: 1, number: 1 }), 'xui', ({ role }) => role !== undefined),
    text: await texts.countDocuments(),
    dropped: await dropped.countDocuments(),
    message: await heads(
      records
        .find()
        .sort({ message: 1, revision: 1 })
        .project<{ message: string }>({ _id: 0, message: 1, revision: 1 }),
      'message',
    ),
    version: await versions.countDocuments(),
    reservation: await heads(
      reservations.find().sort({ space: 1, name: 1, revision: 1 }),
      'key',
      ({ owner }) => owner !== undefined,
    ),
    home: await heads(
      homes.find().sort({ key: 1, revision: 1 }).project<{ key: string }>({ _id: 0, key: 1, revision: 1, commit: 1 }),
      'key',
    ),
    journal: await journal.countDocuments({ gone: { $exists: false } }),
    head: 1,
  }
  const [newest] = await journal.find().sort({ _id: -1 }).limit(1).toArray()
  return { counts, stamp: hash.update(JSON.stringify([counts, newest?._id])).digest('hex') }
}
