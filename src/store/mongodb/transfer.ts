/**
 * Everything in the database, out and in. The mark of an import is a chain: of two who import at once one moves it on.
 */
import { Binary } from 'mongodb'
import { systemRandomness } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import { KINDS, type ImportMark, type Item, type ItemOf, type Kind, type Transfer } from '../transfer.ts'
import type { AccountsTable } from './accounts.ts'
import { createChain } from './chain.ts'
import type { Collections, HomeLink, ImportLink } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { linkContentOf } from './home-document.ts'
import { insertNew } from './inserts.ts'
import { pageOf } from './journal.ts'
import type { PendingOutboxes } from './outbox.ts'
import type { UnhurriedConnection } from './transfer-connection.ts'
import { takePicture } from './transfer-picture.ts'
import { translatingErrors } from './errors.ts'

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

export function createTransfer({
  collections,
  unhurried,
  path,
  pending,
  accounts,
  background,
}: TransferRoom): Transfer {
  const chain = createChain(collections.imports)
  const markOf = (link: ImportLink | undefined): ImportMark | undefined =>
    link?.mark === undefined ? undefined : (JSON.parse(link.mark) as ImportMark)
  const isSame = (link: ImportLink | undefined, mark: ImportMark): boolean =>
    JSON.stringify(markOf(link)) === JSON.stringify(mark)

  /**
   * Everything lies where it belongs. While others write something is always on its way; what is read then is seen not
   * to be true.
   */
  async function settle(): Promise<void> {
    await accounts.applyLast()
    for (
      let round = 0;
      round < ROUNDS_AT_MOST &&
      (await collections.homes.findOne({ pending: true }, { projection: { _id: 1 } })) !== null;
      round++
    ) {
      await pending.deliverAll()
      await background.idle()
    }
    await forget(unhurried.collections())
  }

  async function put(base: ImportLink | undefined, mark: ImportMark | undefined): Promise<boolean> {
    const link = await chain.append(
      CHAIN,
      base,
      Buffer.from(systemRandomness(12)).toString('base64url'),
      mark === undefined ? {} : { mark: JSON.stringify(mark) },
    )
    if (link !== undefined) await chain.prune(link)
    return link !== undefined
  }

  /** An account, a reservation that went left a link behind: that is something. */
  async function isEmpty(): Promise<boolean> {
    const { homes, texts, dropped, versions, records, journal, reservations, accounts, kept } = collections
    const all = [homes, texts, dropped, versions, records, journal, reservations, accounts, kept] as const
    const found = await Promise.all(all.map((collection) => collection.findOne({}, { projection: { _id: 1 } })))
    return found.every((document) => document === null)
  }

  return {
    store: 'MongoDB',
    picture: translatingErrors(() => takePicture(unhurried.collections(), path, settle)),
    unfinished: translatingErrors(async () => markOf(await chain.head(CHAIN))),
    begin: translatingErrors(async (wanted) => {
      const head = await chain.head(CHAIN)
      const present = markOf(head)
      if (present !== undefined) return present
      // Whoever serves writes first and then looks for a mark; here the mark comes first. So one of the two sees the
      // other.
      if (!(await put(head, wanted))) return markOf(await chain.head(CHAIN))
      if (await isEmpty()) return wanted
      const mine = await chain.head(CHAIN)
      if (isSame(mine, wanted)) await put(mine, undefined)
      return undefined
    }),
    write: translatingErrors(async (items, before, pages) => {
      const head = await chain.head(CHAIN)
      if (!isSame(head, before)) return false
      await insert(unhurried.collections(), items)
      return await put(head, { ...before, pages })
    }),
    finish: translatingErrors(async (wanted) => {
      const head = await chain.head(CHAIN)
      if (isSame(head, wanted)) await put(head, undefined)
    }),
  }
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

type Inserts = { readonly [K in Kind]: (items: readonly ItemOf<K>[]) => Promise<unknown> }

/** Nothing else writes here, so what is there already is the same. */
async function insert(collections: Collections, items: readonly Item[]): Promise<void> {
  const inserts = insertsInto(collections)
  for (const kind of KINDS) {
    const ofKind = items.filter((item) => item.kind === kind)
    if (ofKind.length > 0) await (inserts[kind] as (items: readonly Item[]) => Promise<unknown>)(ofKind)
  }
}

function insertsInto(collections: Collections): Inserts {
  return {
    kept: (items) =>
      insertNew(
        collections.kept,
        items.map(({ name, value }) => ({ _id: name, value })),
      ),
    account: (items) =>
      insertNew(
        collections.accounts,
        items.map(({ xui, role, credentials }) => ({
          _id: `${xui} 0`,
          xui,
          number: 0,
          role,
          credentials,
          userNames: credentials.map(({ userName }) => userName),
        })),
      ),
    text: (items) =>
      insertNew(
        collections.texts,
        items.map(({ id, bytes }) => ({ _id: id, bytes: new Binary(bytes) })),
      ),
    dropped: (items) =>
      insertNew(
        collections.dropped,
        items.map(({ text, at }) => ({ _id: text, at })),
      ),
    message: (items) => insertMessages(collections, items),
    version: (items) =>
      insertNew(
        collections.versions,
        items.map(({ kind, document: key, ...version }) => ({
          _id: `${IMPORTED} ${JSON.stringify([version.owner, key, version.revision])}`,
          key,
          ...version,
        })),
      ),
    reservation: (items) =>
      insertNew(
        collections.reservations,
        items.map(({ space, name, owner, since }) => ({
          _id: `${space} ${name} 1`,
          key: `${space} ${name}`,
          revision: 1,
          commit: IMPORTED,
          trail: [],
          space,
          name,
          owner,
          since,
        })),
      ),
    home: (items) =>
      insertNew(
        collections.homes,
        items.map(({ owner, revision, next, documents, parts }) => {
          const home = { owner, revision, documents: new Map(documents), parts: new Map(parts), next }
          return {
            _id: `${owner} ${revision}`,
            key: owner,
            revision,
            commit: IMPORTED,
            trail: [],
            ...linkContentOf(home, [], 0),
          }
        }),
      ),
    journal: (items) =>
      insertNew(
        collections.journal,
        items.map(({ position, at, owner, record }) => ({
          _id: position,
          page: pageOf(position),
          source: `${IMPORTED} ${position}`,
          owner,
          record: JSON.stringify(record),
          at,
        })),
      ),
    // Where its entry was swept, a place for it, so that it tells the next position.
    head: (items) =>
      insertNew(
        collections.journal,
        items
          .filter(({ position }) => position > 0)
          .map(({ position }) => ({
            _id: position,
            page: pageOf(position),
            source: `${IMPORTED} ${position}`,
            owner: 'global' as const,
            record: '{}',
            at: 0,
            gone: true as const,
          })),
      ),
  }
}

async function insertMessages(
  { names, records, bodies }: Collections,
  items: readonly ItemOf<'message'>[],
): Promise<void> {
  await insertNew(
    bodies,
    items.map(({ id, body }) => ({ _id: id, bytes: new Binary(body) })),
  )
  await insertNew(
    names,
    items.map(({ id, uniqueName, owner }) => ({
      _id: `${IMPORTED} ${id}`,
      name: uniqueName,
      message: id,
      home: owner,
      revision: 0,
      commit: IMPORTED,
    })),
  )
  await insertNew(
    records,
    items.map(({ id, uniqueName, owner, value, sweepAt }) => ({
      _id: `${id} 0`,
      message: id,
      revision: 0,
      owner,
      name: uniqueName,
      value: JSON.stringify(value),
      ...(sweepAt === undefined ? {} : { sweepAt }),
    })),
  )
}
