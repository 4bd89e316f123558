/** Everything in the file, out and in. The mark of an import lies among the kept values, and does not move. */
import type { Owner } from '../../names.ts'
import { homeItem, KINDS, type Counts, type ImportMark, type Item } from '../transfer.ts'
import type { Kind, Snapshot, Transfer } from '../transfer.ts'
import { closeReader, type Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { createRows } from './homes.ts'
import { createLongBodies } from './long-bodies.ts'
import { LINKED_HOMES, linkedEntries } from './migrations.ts'
import { asRefusal, translatingErrors } from './trouble.ts'

type Row = Readonly<Record<string, unknown>>

const MARK = 'import'
const VERSION = 'owner, key AS document, revision, etag, text, size, changed, changed_by AS "by", replaced'
/** Of each kind the rows in their order: a column is a field of the item, which is not there where it is null. */
const OUT: Readonly<Record<Kind, string>> = {
  kept: `SELECT name, value FROM kept WHERE name <> '${MARK}' ORDER BY name`,
  account: `SELECT xui, role, (
      SELECT json_group_array(json_object('userName', user_name, 'md5', md5, 'sha256', sha256))
      FROM (SELECT * FROM user_names AS own WHERE own.xui = accounts.xui ORDER BY rowid)
    ) AS credentials FROM accounts ORDER BY xui`,
  text: 'SELECT id, bytes FROM texts ORDER BY id',
  dropped: 'SELECT at, id AS text FROM dropped_texts ORDER BY at, id',
  message: `SELECT id, unique_name AS uniqueName, owner, value, sweep_at AS sweepAt, bytes AS body
    FROM messages LEFT JOIN bodies ON bodies.message = messages.id ORDER BY id`,
  version: `SELECT ${VERSION} FROM versions UNION ALL SELECT ${VERSION} FROM new_versions ORDER BY 1, 2, 3`,
  reservation: 'SELECT space, name, owner, since FROM reservations ORDER BY space, name',
  trail: 'SELECT entry FROM trail ORDER BY id',
  home: 'SELECT owner FROM homes ORDER BY owner',
  cut: 'SELECT owner, position FROM journal_cuts ORDER BY owner',
  journal: 'SELECT position, at, owner, record FROM journal ORDER BY position',
  head: "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS position",
}
/** Columns that are JSON. */
const JSON_OUT: { readonly [K in Kind]?: string } = { account: 'credentials', message: 'value', journal: 'record' }

const fields = (...names: readonly string[]): string => names.map((name) => `?1 ->> '${name}'`).join(', ')
/** Where the fields of an item (`?1`, as JSON) go, and its bytes (`?2`). */
const INTO: Readonly<Record<Kind, readonly string[]>> = {
  kept: [`kept (name, value) SELECT ${fields('name', 'value')}`],
  account: [
    `accounts (xui, role) SELECT ${fields('xui', 'role')}`,
    `user_names (user_name, xui, md5, sha256)
      SELECT value ->> 'userName', ?1 ->> 'xui', value ->> 'md5', value ->> 'sha256' FROM json_each(?1, '$.credentials')`,
  ],
  text: ["texts (id, bytes) SELECT ?1 ->> 'id', ?2"],
  dropped: [`dropped_texts (at, id) SELECT ${fields('at', 'text')}`],
  message: [
    `messages (id, unique_name, owner, sweep_at, value)
      SELECT ${fields('id', 'uniqueName', 'owner', 'sweepAt')}, ?1 -> 'value'`,
    "bodies (message, bytes) SELECT ?1 ->> 'id', ?2 WHERE ?2 IS NOT NULL",
  ],
  version: [
    `versions (owner, key, revision, etag, text, size, changed, changed_by, replaced)
      SELECT ${fields('owner', 'document', 'revision', 'etag', 'text', 'size', 'changed', 'by', 'replaced')}`,
  ],
  reservation: [`reservations (space, name, owner, since) SELECT ${fields('space', 'name', 'owner', 'since')}`],
  trail: [`trail (id, at, user, what, entry) SELECT ${fields('id', 'at', 'user', 'what')}, json_remove(?1, '$.kind')`],
  home: [
    `homes (owner, revision, next) SELECT ${fields('owner', 'revision', 'next')}`,
    `documents (owner, key, etag, text, size, changed, changed_by)
      SELECT ?1 ->> 'owner', value ->> 0, value ->> '$[1].etag', value ->> '$[1].text', value ->> '$[1].size',
        value ->> '$[1].changed', value ->> '$[1].by' FROM json_each(?1, '$.documents')`,
    "parts (owner, name, value) SELECT ?1 ->> 'owner', value ->> 0, value -> 1 FROM json_each(?1, '$.parts')",
  ],
  cut: [`journal_cuts (owner, position) SELECT ${fields('owner', 'position')}`],
  journal: [
    `journal (position, at, owner, previous, far, record)
      SELECT ${fields('position', 'at', 'owner')}, 0, 0, ?1 -> 'record'`,
  ],
  // Behind all others: the entries of a home are linked when all are there.
  head: [
    `sqlite_sequence (name, seq) SELECT 'journal', ${fields('position')}`,
    `journal (position, at, owner, previous, far, record) ${linkedEntries('journal')}`,
    `homes (owner, revision, next, journal_last, journal_far, journal_count) ${LINKED_HOMES}`,
  ],
}

/** @param another opens the file once more: a snapshot is taken on a connection of its own. */
export function createTransfer(database: Database, writer: Writer, another: () => Promise<Database>): Transfer {
  const select = database.prepare('SELECT value FROM kept WHERE name = ?')
  const remove = database.prepare('DELETE FROM kept WHERE name = ?')
  const insert = createInsert(database)
  const unfinished = (): ImportMark | undefined => {
    const row = select.get(MARK) as { value: string } | undefined
    return row && (JSON.parse(row.value) as ImportMark)
  }
  const isPresent = (mark: ImportMark | undefined): boolean => JSON.stringify(unfinished()) === JSON.stringify(mark)

  return {
    async snapshot() {
      const own = await another()
      try {
        return takeSnapshot(own)
      } catch (error) {
        closeReader(own)
        throw asRefusal(error)
      }
    },
    unfinished: translatingErrors(unfinished),
    mark: (before, after) =>
      writer.write(() => {
        if (!isPresent(before)) return false
        remove.run(MARK)
        if (after !== undefined) insert({ kind: 'kept', name: MARK, value: JSON.stringify(after) })
        return true
      }),
    write: (items, mark) =>
      writer.write(() => {
        if (!isPresent(mark)) return false
        for (const item of items) insert(item)
        return true
      }),
    forget: (name) => writer.write(() => void remove.run(name)),
  }
}

function countsOf(database: Database): Counts {
  const count = (kind: Kind): number =>
    (database.prepare(`SELECT count(*) AS count FROM (${OUT[kind]})`).get() as { count: number }).count
  return Object.fromEntries(KINDS.map((kind) => [kind, count(kind)])) as Counts
}

/**
 * SQLite keeps the moment of the first read for the connection, while others go on writing.
 * @param database is closed with the snapshot, and used for nothing else.
 */
function takeSnapshot(database: Database): Snapshot {
  database.exec('PRAGMA query_only = ON')
  database.exec('BEGIN')
  // The driver forgets that an iterator needs its statement: one that was collected meanwhile would end the process.
  const statements = KINDS.map((kind) => ({ kind, rows: database.prepare(OUT[kind]) }))
  const { read } = createRows(database)
  const longBodies = createLongBodies(database)
  return {
    counts: countsOf(database),
    async *items() {
      try {
        for (const { kind, rows } of statements)
          for (const row of rows.iterate() as Iterable<Row>)
            if (kind === 'home') yield homeItem(read(row['owner'] as Owner))
            else if (kind !== 'message') yield itemOf(kind, row)
            else {
              const body = row['body'] ?? (await longBodies.read(row['id'] as string)) ?? null
              if (body !== null || row['sweepAt'] !== null) yield itemOf(kind, { ...row, body })
            }
      } catch (error) {
        throw asRefusal(error)
      }
    },
    isOfOneMoment: async () => true,
    close: async () => closeReader(database),
  }
}

function itemOf(kind: Kind, { entry = '{}', ...row }: Row): Item {
  const present = Object.entries(row).filter(([, value]) => value !== null)
  const read = present.map(([name, value]) => [name, name === JSON_OUT[kind] ? JSON.parse(value as string) : value])
  return { kind, ...(JSON.parse(entry as string) as object), ...Object.fromEntries(read) } as Item
}

/** Within a transaction. Puts an item in the place of the same one, if that is there. */
function createInsert(database: Database): (item: Item) => void {
  const prepared = new Map<string, ReturnType<Database['prepare']>>()
  return (item) => {
    if (item.kind === 'head') database.exec("DELETE FROM sqlite_sequence WHERE name = 'journal'")
    const { bytes = null, body = bytes, ...others } = item as Item & { bytes?: Uint8Array; body?: Uint8Array }
    for (const into of INTO[item.kind]) {
      const statement = prepared.get(into) ?? database.prepare(`INSERT OR REPLACE INTO ${into}`)
      prepared.set(into, statement)
      statement.run(...[JSON.stringify(others), body].filter((_, at) => into.includes(`?${at + 1}`)))
    }
  }
}
