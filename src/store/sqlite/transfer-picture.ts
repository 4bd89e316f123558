/**
 * What the file holds at one moment, read on a connection of its own: SQLite keeps the moment for it while others go on
 * writing.
 */
import { createHash } from 'node:crypto'
import type { Account } from '../../access/account.ts'
import type { JournalRecord } from '../../feed/journal.ts'
import type { Owner } from '../../names.ts'
import { KINDS, noCounts, type Counts, type Item, type ItemOf, type Kind, type Picture } from '../transfer.ts'
import type { Database } from './driver.ts'
import { entryOf, type EntryRow } from './entry-row.ts'
import { translatingErrors } from './trouble.ts'

const ITEMS_AT_ONCE = 500
const BYTES_AT_ONCE = 1024 * 1024

/** The mark of an import is the store's own affair, and does not move. */
export const MARK = 'import'

/** No instant of ours lies before. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER

interface VersionRow extends EntryRow {
  readonly owner: Owner
  readonly revision: number
  readonly replaced: number
}

interface MessageRow {
  readonly id: string
  readonly unique_name: string
  readonly owner: Owner
  readonly value: string
  readonly sweep_at: number | null
  readonly bytes: Uint8Array
}

type Pages = { readonly [K in Kind]: (after: ItemOf<K> | undefined) => readonly ItemOf<K>[] }

const COUNTED: Readonly<Record<Exclude<Kind, 'head'>, string>> = {
  kept: `SELECT count(*) AS count FROM kept WHERE name <> '${MARK}'`,
  account: 'SELECT count(*) AS count FROM accounts',
  text: 'SELECT count(*) AS count FROM texts',
  dropped: 'SELECT count(*) AS count FROM dropped_texts',
  message: 'SELECT count(*) AS count FROM messages',
  version: 'SELECT (SELECT count(*) FROM versions) + (SELECT count(*) FROM new_versions) AS count',
  reservation: 'SELECT count(*) AS count FROM reservations',
  home: 'SELECT count(*) AS count FROM homes',
  journal: 'SELECT count(*) AS count FROM journal',
}

/**
 * @param database is closed with the picture, and used for nothing else.
 * @param path of the file: a copy of it that went another way is another store.
 */
export function takePicture(database: Database, path: string): Picture {
  database.exec('PRAGMA query_only = ON')
  database.exec('BEGIN')
  // The moment is that of the first read.
  const counts = countsOf(database)
  const pages: Pages = { ...plainPages(database), ...largePages(database) }
  return {
    counts,
    stamp: stampOf(database, path, counts, pages.account),
    page: translatingErrors((kind, after) => pages[kind](after)),
    isTrue: async () => true,
    close: async () => database.close(),
  }
}

function countsOf(database: Database): Counts {
  const counts = noCounts()
  for (const kind of KINDS)
    counts[kind] = kind === 'head' ? 1 : (database.prepare(COUNTED[kind]).get() as { count: number }).count
  return counts
}

/**
 * Every commit raises the sum of the revisions, and no home ever goes. Without commits, sweeping only takes away and
 * the values kept only become more; a reservation that is taken has a new version. That leaves the accounts, which are
 * looked at whole.
 */
function stampOf(database: Database, path: string, counts: Counts, accounts: Pages['account']): string {
  const figures = database.prepare(
    `SELECT (SELECT sum(revision) FROM homes) AS revisions, (SELECT min(position) FROM journal) AS oldest,
     (SELECT group_concat(name || seq) FROM (SELECT name, seq FROM sqlite_sequence ORDER BY name)) AS given`,
  )
  const hash = createHash('sha256').update(JSON.stringify([path, counts, figures.get()]))
  for (let page = accounts(undefined); page.length > 0; page = accounts(page.at(-1))) hash.update(JSON.stringify(page))
  return hash.digest('hex')
}

function plainPages(database: Database): Omit<Pages, 'text' | 'message' | 'home'> {
  const kept = database.prepare(
    `SELECT name, value FROM kept WHERE name <> '${MARK}' AND name > ? ORDER BY name LIMIT ?`,
  )
  const accounts = database.prepare('SELECT xui, role FROM accounts WHERE xui > ? ORDER BY xui LIMIT ?')
  const credentials = database.prepare(
    'SELECT user_name AS userName, md5, sha256 FROM user_names WHERE xui = ? ORDER BY rowid',
  )
  const dropped = database.prepare(
    'SELECT at, id AS text FROM dropped_texts WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?',
  )
  const columns = 'owner, key, revision, etag, text, size, changed, changed_by, replaced'
  const versions = database.prepare(
    `SELECT ${columns} FROM versions WHERE (owner, key, revision) > (?1, ?2, ?3) UNION ALL
     SELECT ${columns} FROM new_versions WHERE (owner, key, revision) > (?1, ?2, ?3) ORDER BY owner, key, revision LIMIT ?4`,
  )
  const reservations = database.prepare(
    'SELECT space, name, owner, since FROM reservations WHERE (space, name) > (?, ?) ORDER BY space, name LIMIT ?',
  )
  const journal = database.prepare(
    'SELECT position, at, owner, record FROM journal WHERE position > ? ORDER BY position LIMIT ?',
  )
  const head = database.prepare(
    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS position",
  )
  return {
    kept: (after) =>
      (kept.all(after?.name ?? '', ITEMS_AT_ONCE) as ItemOf<'kept'>[]).map((row) => ({ ...row, kind: 'kept' })),
    account: (after) =>
      (accounts.all(after?.xui ?? '', ITEMS_AT_ONCE) as Pick<Account, 'xui' | 'role'>[]).map(({ xui, role }) => ({
        kind: 'account',
        xui,
        role,
        credentials: credentials.all(xui) as Account['credentials'],
      })),
    dropped: (after) =>
      (dropped.all(after?.at ?? BEFORE_ALL, after?.text ?? '', ITEMS_AT_ONCE) as ItemOf<'dropped'>[]).map((row) => ({
        ...row,
        kind: 'dropped',
      })),
    version: (after) =>
      (
        versions.all(after?.owner ?? '', after?.document ?? '', after?.revision ?? 0, ITEMS_AT_ONCE) as VersionRow[]
      ).map((row) => ({
        kind: 'version',
        owner: row.owner,
        document: row.key,
        revision: row.revision,
        ...entryOf(row),
        replaced: row.replaced,
      })),
    reservation: (after) =>
      (reservations.all(after?.space ?? '', after?.name ?? '', ITEMS_AT_ONCE) as ItemOf<'reservation'>[]).map(
        (row) => ({ ...row, kind: 'reservation' }),
      ),
    journal: (after) =>
      (journal.all(after?.position ?? 0, ITEMS_AT_ONCE) as (ItemOf<'journal'> & { readonly record: string })[]).map(
        (row) => ({
          ...row,
          kind: 'journal',
          record: JSON.parse(row.record) as JournalRecord,
        }),
      ),
    head: (after) =>
      after === undefined ? [{ kind: 'head', position: (head.get() as { position: number }).position }] : [],
  }
}

/** Of these one may be large: they are read one by one, until there are enough bytes. */
function largePages(database: Database): Pick<Pages, 'text' | 'message' | 'home'> {
  const text = database.prepare('SELECT id, bytes FROM texts WHERE id > ? ORDER BY id LIMIT 1')
  const message = database.prepare(
    'SELECT id, unique_name, owner, value, sweep_at, bytes FROM messages JOIN bodies ON bodies.message = ' +
      'messages.id WHERE id > ? ORDER BY id LIMIT 1',
  )
  const home = database.prepare('SELECT owner, revision, next FROM homes WHERE owner > ? ORDER BY owner LIMIT 1')
  const documents = database.prepare(
    'SELECT key, etag, text, size, changed, changed_by FROM documents WHERE owner = ? ORDER BY key',
  )
  const parts = database.prepare('SELECT name, value FROM parts WHERE owner = ? ORDER BY name')

  function nextText(after: string): Sized<ItemOf<'text'>> | undefined {
    const row = text.get(after) as { id: string; bytes: Uint8Array } | undefined
    return row && { key: row.id, size: row.bytes.length, item: { kind: 'text', id: row.id, bytes: row.bytes } }
  }

  function nextMessage(after: string): Sized<ItemOf<'message'>> | undefined {
    const row = message.get(after) as MessageRow | undefined
    if (row === undefined) return undefined
    const { id, unique_name: uniqueName, owner, value, sweep_at: sweepAt, bytes: body } = row
    const item = { kind: 'message', id, uniqueName, owner, value: JSON.parse(value) as unknown, body } as const
    return { key: id, size: value.length + body.length, item: sweepAt === null ? item : { ...item, sweepAt } }
  }

  function nextHome(after: string): Sized<ItemOf<'home'>> | undefined {
    const row = home.get(after) as { owner: Owner; revision: number; next: number | null } | undefined
    if (row === undefined) return undefined
    const { owner, revision, next } = row
    const written = parts.all(owner) as { name: string; value: string }[]
    const item: ItemOf<'home'> = {
      kind: 'home',
      owner,
      revision,
      ...(next === null ? {} : { next }),
      documents: (documents.all(owner) as EntryRow[]).map((row) => [row.key, entryOf(row)]),
      parts: written.map(({ name, value }) => [name, JSON.parse(value) as unknown]),
    }
    return { key: owner, size: written.reduce((sum, { value }) => sum + value.length, 0), item }
  }

  return {
    text: (after) => enough(nextText, after?.id ?? ''),
    message: (after) => enough(nextMessage, after?.id ?? ''),
    home: (after) => enough(nextHome, after?.owner ?? ''),
  }
}

interface Sized<I extends Item> {
  readonly key: string
  readonly size: number
  readonly item: I
}

function enough<I extends Item>(next: (after: string) => Sized<I> | undefined, after: string): readonly I[] {
  const items: I[] = []
  let bytes = 0
  let last = next(after)
  for (; last !== undefined; last = next(last.key)) {
    items.push(last.item)
    bytes += last.size
    if (items.length >= ITEMS_AT_ONCE || bytes >= BYTES_AT_ONCE) break
  }
  return items
}
