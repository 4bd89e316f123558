/** Everything in the database, out and in. The mark of an import is a chain: of two who begin one at once one wins. */
import { Binary, type Collection } from 'mongodb'
import { identifier, systemRandomness } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import { type ImportMark, type Item, type Transfer } from '../transfer.ts'
import type { AccountsTable } from './accounts.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { createChain } from './chain.ts'
import type { Collections, HomeLink, ImportLink } from './collections.ts'
import type { UnhurriedConnection } from './connect.ts'
import { translatingErrors } from './errors.ts'
import { linkContentOf } from './home-document.ts'
import { insertNew } from './inserts.ts'
import { pageOf } from './journal.ts'
import type { PendingOutboxes } from './outbox.ts'
import { recordDocument } from './records.ts'
import { trailDocument } from './trail.ts'
import { takeSnapshot } from './transfer-snapshot.ts'

const CHAIN = 'import'
/** In place of the commit, for what no commit of this database made. */
const IMPORTED = 'imported'
const ROUNDS_AT_MOST = 10_000

interface TransferRoom {
  readonly collections: Collections
  readonly unhurried: UnhurriedConnection
  readonly path: string
  readonly pending: PendingOutboxes
  readonly accounts: AccountsTable
  readonly background: BackgroundTasks
}

export function createTransfer(room: TransferRoom): Transfer {
  const { collections, unhurried, path } = room
  const chain = createChain(collections.imports)
  const markOf = (link: ImportLink | undefined): ImportMark | undefined =>
    link?.mark === undefined ? undefined : (JSON.parse(link.mark) as ImportMark)
  const isSame = (link: ImportLink | undefined, mark: ImportMark): boolean =>
    JSON.stringify(markOf(link)) === JSON.stringify(mark)

  async function put(base: ImportLink | undefined, mark: ImportMark | undefined): Promise<boolean> {
    const content = mark === undefined ? {} : { mark: JSON.stringify(mark) }
    const link = await chain.append(CHAIN, base, identifier(systemRandomness), content)
    if (link !== undefined) await chain.prune(link)
    return link !== undefined
  }

  return {
    store: 'MongoDB',
    snapshot: translatingErrors(() => takeSnapshot(unhurried.collections(), path, () => deliverAll(room))),
    // It looks after its files itself; a damaged one ends it.
    damage: async () => [],
    unfinished: translatingErrors(async () => markOf(await chain.head(CHAIN))),
    begin: translatingErrors(async (wanted) => {
      const head = await chain.head(CHAIN)
      const present = markOf(head)
      if (present !== undefined) return present
      // A server that begins writes first and then asks for a mark; here the mark comes first. So one of the two sees
      // the other.
      if (!(await put(head, wanted))) return markOf(await chain.head(CHAIN))
      if (await isEmpty(collections)) return wanted
      const mine = await chain.head(CHAIN)
      if (isSame(mine, wanted)) await put(mine, undefined)
      return undefined
    }),
    write: translatingErrors(async (items, mark) => {
      if (!isSame(await chain.head(CHAIN), mark)) return false
      await insert(unhurried.collections(), items)
      return true
    }),
    forget: translatingErrors(async (name) => void (await collections.kept.deleteOne({ _id: name }))),
    finish: translatingErrors(async (mark) => {
      const head = await chain.head(CHAIN)
      if (isSame(head, mark)) await put(head, undefined)
    }),
  }
}

/**
 * Everything lies where it belongs. While others write something is always on its way; what is read then is seen not to
 * be of one moment.
 */
async function deliverAll({ collections, unhurried, pending, accounts, background }: TransferRoom): Promise<void> {
  await accounts.applyLast()
  for (
    let round = 0;
    round < ROUNDS_AT_MOST && (await collections.homes.findOne({ pending: true }, { projection: { _id: 1 } })) !== null;
    round++
  ) {
    await pending.deliverAll()
    await background.idle()
  }
  await forget(unhurried.collections())
}

/** An account, a reservation that went left a link behind: that is something. */
async function isEmpty(collections: Collections): Promise<boolean> {
  const { homes, texts, dropped, versions, records, journal, reservations, trail, accounts, kept } = collections
  const all = [homes, texts, dropped, versions, records, journal, reservations, trail, accounts, kept] as const
  const found = await Promise.all(all.map((collection) => collection.findOne({}, { projection: { _id: 1 } })))
  return found.every((document) => document === null)
}

/** Versions that were forgotten and came late once more: they go with their texts. */
async function forget({ homes, versions, dropped }: Collections): Promise<void> {
  for await (const { key, forgot } of homes
    .find({ forgot: { $gt: 0 } })
    .project<Pick<HomeLink, 'key' | 'forgot'>>({ key: 1, forgot: 1 })) {
    const old = await versions.find({ owner: key as Owner, revision: { $lte: forgot } }).toArray()
    if (old.length === 0) continue
    await insertNew(
      dropped,
      old.map(({ text, replaced }) => ({ _id: text, at: replaced })),
    )
    await versions.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } })
  }
}

interface Inserted {
  readonly into: keyof Collections
  readonly document: { readonly _id: string | number; readonly [field: string]: unknown }
}

/** Nothing else writes here, so what is there already is the same. */
async function insert(collections: Collections, items: readonly Item[]): Promise<void> {
  const documents = new Map<keyof Collections, Inserted['document'][]>()
  for (const { into, document } of items.flatMap(documentsOf)) {
    const others = documents.get(into)
    if (others === undefined) documents.set(into, [document])
    else others.push(document)
  }
  for (const [into, all] of documents)
    await insertNew(collections[into] as unknown as Collection<Inserted['document']>, all)
}

function documentsOf(item: Item): readonly Inserted[] {
  switch (item.kind) {
    case 'kept':
      return [{ into: 'kept', document: { _id: item.name, value: item.value } }]
    case 'account': {
      const { xui, role, credentials } = item
      const userNames = credentials.map(({ userName }) => userName)
      return [{ into: 'accounts', document: { _id: `${xui} 0`, xui, number: 0, role, credentials, userNames } }]
    }
    case 'text':
      return [{ into: 'texts', document: { _id: item.id, bytes: new Binary(item.bytes) } }]
    case 'dropped':
      return [{ into: 'dropped', document: { _id: item.text, at: item.at } }]
    case 'message':
      return documentsOfMessage(item)
    case 'version': {
      const { kind, document: key, ...version } = item
      const _id = `${IMPORTED} ${JSON.stringify([version.owner, key, version.revision])}`
      return [{ into: 'versions', document: { _id, key, ...version } }]
    }
    case 'reservation': {
      const { space, name, owner, since } = item
      const key = `${space} ${name}`
      return [{ into: 'reservations', document: { ...firstLink(key, 1), space, name, owner, since } }]
    }
    case 'trail': {
      const { kind, ...entry } = item
      return [{ into: 'trail', document: { ...trailDocument(entry) } }]
    }
    case 'home': {
      const { owner, revision, next, documents, parts } = item
      const home = { owner, revision, documents: new Map(documents), parts: new Map(parts), next }
      return [{ into: 'homes', document: { ...firstLink(owner, revision), ...linkContentOf(home, [], 0) } }]
    }
    case 'cut':
      return [{ into: 'journal_cuts', document: { _id: item.owner, position: item.position } }]
    case 'journal': {
      const { position, at, owner, record } = item
      return [{ into: 'journal', document: { ...placeInJournal(position), owner, record: JSON.stringify(record), at } }]
    }
    case 'head': {
      // Where its entry was swept, a place for it, so that it tells the next position.
      const { position } = item
      if (position === 0) return []
      return [
        {
          into: 'journal',
          document: { ...placeInJournal(position), owner: 'global', record: '{}', at: 0, gone: true },
        },
      ]
    }
  }
}

function firstLink(key: string, revision: number) {
  return { _id: `${key} ${revision}`, key, revision, commit: IMPORTED, trail: [] }
}

function placeInJournal(position: number) {
  return { _id: position, page: pageOf(position), source: `${IMPORTED} ${position}` }
}

function documentsOfMessage({
  id,
  uniqueName: name,
  owner,
  value,
  body,
  sweepAt,
}: Item & { readonly kind: 'message' }): readonly Inserted[] {
  const record = { message: id, revision: 0, owner, name, value: JSON.stringify(value) }
  const taken = { _id: `${IMPORTED} ${id}`, name, message: id, home: owner, revision: 0, commit: IMPORTED }
  return [
    ...(body === undefined ? [] : [{ into: 'bodies', document: { _id: id, bytes: new Binary(body) } } as const]),
    { into: 'names', document: taken },
    { into: 'records', document: { ...recordDocument(record, value, sweepAt) } },
  ]
}
