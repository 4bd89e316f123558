/** Everything in the database, out and in. The mark of an import is a chain: of two who begin one at once one wins. */
import { isDeepStrictEqual } from 'node:util'
import { Binary, type Collection, type Document } from 'mongodb'
import type { Account } from '../../access/account.ts'
import type { KeptEntry } from '../../access/trail.ts'
import { identifier, systemRandomness } from '../../clock.ts'
import type { JournalRecord } from '../../feed/journal.ts'
import type { Owner } from '../../names.ts'
import { createTally } from '../transfer-file.ts'
import { homeItem, noCounts, type Counts, type ImportMark, type Item, type ItemOf, type Kind } from '../transfer.ts'
import type { Snapshot, Transfer } from '../transfer.ts'
import type { AccountsTable } from './accounts.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { createChain } from './chain.ts'
import type { Collections, ImportLink, Name } from './collections.ts'
import type { UnhurriedConnection } from './connect.ts'
import { asRefusal, translatingErrors } from './errors.ts'
import { linkContentOf, readHome } from './home-document.ts'
import { bytesOf, insertNew } from './inserts.ts'
import { pageOf } from './journal.ts'
import { NO_PAGES, pageDocument, pageParts, readPages } from './pages.ts'
import type { PendingOutboxes } from './outbox.ts'
import { recordDocument } from './records.ts'
import { trailDocument } from './trail.ts'
import type { VersionsTable } from './versions.ts'

/** In place of the commit, for what no commit of this database made. */
const IMPORTED = 'imported'
/** Texts and homes may be large. */
const FEW = { batchSize: 20 }

const CHAIN = 'import'
const ROUNDS_AT_MOST = 10_000

interface TransferRoom {
  readonly collections: Collections
  readonly unhurried: UnhurriedConnection
  readonly pending: PendingOutboxes
  readonly accounts: AccountsTable
  readonly background: BackgroundTasks
  readonly versions: VersionsTable
}

export function createTransfer(room: TransferRoom): Transfer {
  const { collections, unhurried } = room
  const chain = createChain(collections.imports)
  const markOf = (link: ImportLink | undefined): ImportMark | undefined =>
    link?.mark === undefined ? undefined : (JSON.parse(link.mark) as ImportMark)
  const isSame = (link: ImportLink | undefined, mark: ImportMark | undefined): boolean =>
    JSON.stringify(markOf(link)) === JSON.stringify(mark)

  return {
    snapshot: translatingErrors(async () => {
      await deliverAll(room)
      return takeSnapshot(unhurried.collections(), await countsOf(unhurried.collections()))
    }),
    unfinished: translatingErrors(async () => markOf(await chain.head(CHAIN))),
    mark: translatingErrors(async (before, after) => {
      const head = await chain.head(CHAIN)
      if (!isSame(head, before)) return false
      const content = after === undefined ? {} : { mark: JSON.stringify(after) }
      const link = await chain.append(CHAIN, head, identifier(systemRandomness), content)
      if (link !== undefined) await chain.prune(link)
      return link !== undefined
    }),
    write: translatingErrors(async (items, mark) => {
      if (!isSame(await chain.head(CHAIN), mark)) return false
      await insert(unhurried.collections(), items)
      return true
    }),
    forget: translatingErrors(async (name) => void (await collections.kept.deleteOne({ _id: name }))),
  }
}

/**
 * Everything lies where it belongs. While others write something is always on its way; what is read then is seen not to
 * be of one moment.
 */
async function deliverAll({ collections, pending, accounts, background, versions }: TransferRoom): Promise<void> {
  const { homes } = collections
  await accounts.applyLast()
  for (let round = 0; round < ROUNDS_AT_MOST && (await homes.findOne({ pending: true })) !== null; round++) {
    await pending.deliverAll()
    await background.idle()
  }
  // Versions that were forgotten may have come late once more.
  for await (const { key, forgot } of homes.find({ forgot: { $gt: 0 } }, { projection: { key: 1, forgot: 1 } }))
    await versions.put(key as Owner, [{ kind: 'forgotten', id: '', revision: forgot, at: 0 }])
}

/** About: who was removed left something behind. */
async function countsOf(collections: Collections): Promise<Counts> {
  const counts = { ...noCounts(), head: 1 }
  for (const [kind, [name, field]] of Object.entries(PLACES) as [Kind, [Name, string]][]) {
    const stages = [{ $group: { _id: `$${field}` } }, { $count: 'found' }]
    const [counted] = await collections[name].aggregate<{ readonly found: number }>(stages).toArray()
    counts[kind] = counted?.found ?? 0
  }
  return counts
}

/**
 * A database of many machines cannot hold a moment for us. What a second reading finds just as the first one did was so
 * when the one ended and the other began: nothing that has changed becomes again what it was.
 */
function takeSnapshot(collections: Collections, counts: Counts): Snapshot {
  let content = ''
  async function* items(): AsyncGenerator<Item> {
    const tally = createTally()
    try {
      for await (const item of itemsIn(collections)) {
        tally.add(item)
        yield item
      }
    } catch (error) {
      throw asRefusal(error)
    }
    content = tally.moved().content
  }
  return {
    counts,
    items,
    async isOfOneMoment() {
      const before = content
      for await (const _ of items());
      return content === before && isDeepStrictEqual(await countsOf(collections), counts)
    },
    close: async () => {},
  }
}

/** Nothing else writes here, so what is there already is the same. */
async function insert(collections: Collections, items: readonly Item[]): Promise<void> {
  const inserts = items.flatMap((item) =>
    Object.entries(insertsOf(item)).flatMap(([into, made]) => [made].flat().map((one) => [into as Name, one] as const)),
  )
  for (const name of new Set(inserts.map(([into]) => into)))
    await insertNew(
      collections[name] as unknown as Collection<Document>,
      inserts.flatMap(([into, document]) => (into === name ? [document] : [])),
    )
}

async function* itemsIn(all: Collections): AsyncGenerator<Item> {
  for await (const { _id: name, value } of all.kept.find().sort({ _id: 1 })) yield { kind: 'kept', name, value }
  for await (const { xui, role, credentials } of latest(all.accounts.find().sort({ xui: 1, number: 1 }), 'xui'))
    if (role !== undefined) yield { kind: 'account', xui, role, credentials: credentials as Account['credentials'] }
  for await (const text of all.texts.find({}, FEW).sort({ _id: 1 }))
    yield { kind: 'text', id: text._id, bytes: bytesOf(text) }
  for await (const { _id: text, at } of all.dropped.find().sort({ at: 1, _id: 1 })) yield { kind: 'dropped', at, text }
  for await (const record of latest(all.records.find({}, FEW).sort({ message: 1, revision: 1 }), 'message')) {
    const { message: id, name: uniqueName, owner, value, sweepAt } = record
    const body = await all.bodies.findOne({ _id: id })
    // Else a value that came late for a message that was swept.
    if (body !== null || sweepAt !== undefined)
      yield {
        ...{ kind: 'message', id, uniqueName, owner, value: JSON.parse(value) },
        ...(body && { body: bytesOf(body) }),
        ...(sweepAt === undefined ? {} : { sweepAt }),
      }
  }
  for await (const { _id, key: document, ...version } of all.versions.find().sort({ owner: 1, key: 1, revision: 1 }))
    yield { kind: 'version', document, ...version }
  const reserved = latest(all.reservations.find().sort({ space: 1, name: 1, revision: 1 }), 'key')
  for await (const { space, name, owner, since } of reserved)
    if (owner !== undefined) yield { kind: 'reservation', space, name, owner, since }
  for await (const { entry } of all.trail.find().sort({ _id: 1 }))
    yield { kind: 'trail', ...(JSON.parse(entry) as KeptEntry) }
  const { head } = createChain(all.homes)
  for await (const link of latest(all.homes.find({}, FEW).sort({ key: 1, revision: 1 }), 'key'))
    yield homeItem((await readHome(link, head, (ids) => readPages(all.bodies, ids))).home)
  for await (const { _id: owner, position } of all.journal_cuts.find().sort({ _id: 1 }))
    yield { kind: 'cut', owner, position }
  let position = 0
  for await (const { _id, at, owner, record, gone } of all.journal.find().sort({ _id: 1 })) {
    position = _id
    if (gone !== true) yield { kind: 'journal', position, at, owner, record: JSON.parse(record) as JournalRecord }
  }
  yield { kind: 'head', position }
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

/** Where each kind lies, and by which field one thing is told from another. */
const PLACES: { readonly [K in Kind]?: readonly [Name, field: string] } = {
  kept: ['kept', '_id'],
  account: ['accounts', 'xui'],
  text: ['texts', '_id'],
  dropped: ['dropped', '_id'],
  message: ['records', 'message'],
  version: ['versions', '_id'],
  reservation: ['reservations', 'key'],
  trail: ['trail', '_id'],
  home: ['homes', 'key'],
  cut: ['journal_cuts', '_id'],
  journal: ['journal', '_id'],
}

type Inserts = { readonly [N in Name]?: Document | readonly Document[] }

function insertsOf(item: Item): Inserts {
  return (INSERTS[item.kind] as (item: Item) => Inserts)(item)
}

const linkOf = (key: string, revision: number) =>
  ({ _id: `${key} ${revision}`, key, revision, commit: IMPORTED, trail: [] }) as const
const place = (position: number) => ({ _id: position, page: pageOf(position), source: `${IMPORTED} ${position}` })

const INSERTS: { readonly [K in Kind]: (item: ItemOf<K>) => Inserts } = {
  kept: ({ name: _id, value }) => ({ kept: { _id, value } }),
  account({ kind, ...account }) {
    const userNames = account.credentials.map(({ userName }) => userName)
    return { accounts: { _id: `${account.xui} 0`, number: 0, ...account, userNames } }
  },
  text: ({ id: _id, bytes }) => ({ texts: { _id, bytes: new Binary(bytes) } }),
  dropped: ({ at, text: _id }) => ({ dropped: { _id, at } }),
  message: ({ id: message, uniqueName: name, owner, value, body, sweepAt }) => ({
    ...(body && { bodies: { _id: message, bytes: new Binary(body) } }),
    names: { _id: `${IMPORTED} ${message}`, name, message, home: owner, revision: 0, commit: IMPORTED },
    records: recordDocument({ message, revision: 0, owner, name, value: JSON.stringify(value) }, value, sweepAt),
  }),
  version({ kind, document: key, ...version }) {
    const _id = `${IMPORTED} ${JSON.stringify([version.owner, key, version.revision])}`
    return { versions: { _id, key, ...version } }
  },
  reservation: ({ kind, ...its }) => ({ reservations: { ...linkOf(`${its.space} ${its.name}`, 1), ...its } }),
  trail: ({ kind, ...entry }) => ({ trail: trailDocument(entry) }),
  home({ documents, parts, next, ...its }) {
    const home = { ...its, documents: new Map(documents), parts: new Map(parts), next }
    const { parts: kept, made } = pageParts(home.parts, NO_PAGES, `${IMPORTED} ${its.owner}`)
    const link = { ...linkOf(its.owner, its.revision), ...linkContentOf(home, kept, [], 0) }
    return { bodies: made.map(pageDocument), homes: link }
  },
  cut: ({ owner: _id, position }) => ({ journal_cuts: { _id, position } }),
  journal: ({ position, at, owner, record }) => ({
    journal: { ...place(position), at, owner, record: JSON.stringify(record) },
  }),
  // Where its entry was swept, a place for it, so that it tells the next position.
  head: ({ position }): Inserts =>
    position === 0 ? {} : { journal: { ...place(position), owner: 'global', record: '{}', at: 0, gone: true } },
}
