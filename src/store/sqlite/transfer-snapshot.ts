/**
 * What the file holds at one moment, read on a connection of its own: SQLite keeps the moment for it while others go on
 * writing.
 */
import type { Account, Role } from '../../access/account.ts'
import type { KeptEntry } from '../../access/trail.ts'
import type { JournalRecord } from '../../feed/journal.ts'
import type { Owner, Xui } from '../../names.ts'
import { KINDS, noCounts, type Counts, type Item, type ItemOf, type Kind, type Snapshot } from '../transfer.ts'
import type { Database } from './driver.ts'
import { entryOf, type EntryRow } from './entry-row.ts'
import { createParts } from './parts.ts'
import { asRefusal } from './trouble.ts'

/** The mark of an import is the store's own affair, and does not move. */
export const MARK = 'import'

interface VersionRow extends EntryRow {
  readonly owner: Owner
  readonly revision: number
  readonly replaced: number
}

interface MessageRow {
  readonly id: string
  readonly uniqueName: string
  readonly owner: Owner
  readonly value: string
  readonly sweepAt: number | null
  readonly body: Uint8Array | null
}

const COUNTED: Readonly<Record<Exclude<Kind, 'head'>, string>> = {
  kept: `SELECT count(*) AS count FROM kept WHERE name <> '${MARK}'`,
  account: 'SELECT count(*) AS count FROM accounts',
  text: 'SELECT count(*) AS count FROM texts',
  dropped: 'SELECT count(*) AS count FROM dropped_texts',
  message: 'SELECT count(*) AS count FROM messages',
  version: 'SELECT (SELECT count(*) FROM versions) + (SELECT count(*) FROM new_versions) AS count',
  reservation: 'SELECT count(*) AS count FROM reservations',
  trail: 'SELECT count(*) AS count FROM trail',
  home: 'SELECT count(*) AS count FROM homes',
  cut: 'SELECT count(*) AS count FROM journal_cuts',
  journal: 'SELECT count(*) AS count FROM journal',
}

/** @param database is closed with the snapshot, and used for nothing else. */
export function takeSnapshot(database: Database): Snapshot {
  database.exec('PRAGMA query_only = ON')
  database.exec('BEGIN')
  return {
    // The moment is that of the first read.
    counts: countsOf(database),
    async *items() {
      try {
        yield* itemsIn(database)
      } catch (error) {
        throw asRefusal(error)
      }
    },
    isOfOneMoment: async () => true,
    close: async () => database.close(),
  }
}

function countsOf(database: Database): Counts {
  const counts = noCounts()
  for (const kind of KINDS)
    counts[kind] = kind === 'head' ? 1 : (database.prepare(COUNTED[kind]).get() as { count: number }).count
  return counts
}

function* itemsIn(database: Database): Generator<Item> {
  // The driver forgets that an iterator needs its statement: one that was collected meanwhile would end the process.
  const statements: unknown[] = []
  const each = <T>(sql: string): Iterable<T> => {
    const statement = database.prepare(sql)
    statements.push(statement)
    return statement.iterate() as Iterable<T>
  }
  for (const row of each<ItemOf<'kept'>>(`SELECT name, value FROM kept WHERE name <> '${MARK}' ORDER BY name`))
    yield { ...row, kind: 'kept' }
  const credentials = database.prepare(
    'SELECT user_name AS userName, md5, sha256 FROM user_names WHERE xui = ? ORDER BY rowid',
  )
  for (const { xui, role } of each<{ xui: Xui; role: Role }>('SELECT xui, role FROM accounts ORDER BY xui'))
    yield { kind: 'account', xui, role, credentials: credentials.all(xui) as Account['credentials'] }
  for (const row of each<ItemOf<'text'>>('SELECT id, bytes FROM texts ORDER BY id')) yield { ...row, kind: 'text' }
  for (const row of each<ItemOf<'dropped'>>('SELECT at, id AS text FROM dropped_texts ORDER BY at, id'))
    yield { ...row, kind: 'dropped' }
  for (const { value, sweepAt, body, ...row } of each<MessageRow>(
    `SELECT id, unique_name AS uniqueName, owner, value, sweep_at AS sweepAt, bytes AS body
     FROM messages LEFT JOIN bodies ON bodies.message = messages.id
     WHERE bytes IS NOT NULL OR sweep_at IS NOT NULL ORDER BY id`,
  )) {
    const ended = sweepAt === null ? {} : { sweepAt }
    yield { kind: 'message', ...row, value: JSON.parse(value), ...(body === null ? {} : { body }), ...ended }
  }
  const columns = 'owner, key, revision, etag, text, size, changed, changed_by, replaced'
  for (const row of each<VersionRow>(
    `SELECT ${columns} FROM versions UNION ALL SELECT ${columns} FROM new_versions ORDER BY owner, key, revision`,
  )) {
    const { owner, key: document, revision, replaced } = row
    yield { kind: 'version', owner, document, revision, ...entryOf(row), replaced }
  }
  for (const row of each<ItemOf<'reservation'>>(
    'SELECT space, name, owner, since FROM reservations ORDER BY space, name',
  ))
    yield { ...row, kind: 'reservation' }
  for (const { entry } of each<{ entry: string }>('SELECT entry FROM trail ORDER BY id'))
    yield { kind: 'trail', ...(JSON.parse(entry) as KeptEntry) }
  yield* homesIn(
    database,
    each<{ owner: Owner; revision: number; next: number | null }>(
      'SELECT owner, revision, next FROM homes ORDER BY owner',
    ),
  )
  for (const row of each<ItemOf<'cut'>>('SELECT owner, position FROM journal_cuts ORDER BY owner'))
    yield { ...row, kind: 'cut' }
  for (const row of each<Omit<ItemOf<'journal'>, 'record'> & { readonly record: string }>(
    'SELECT position, at, owner, record FROM journal ORDER BY position',
  ))
    yield { ...row, kind: 'journal', record: JSON.parse(row.record) as JournalRecord }
  const [head] = each<{ position: number }>(
    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) AS position",
  )
  yield { kind: 'head', position: head!.position }
}

function* homesIn(
  database: Database,
  homes: Iterable<{ readonly owner: Owner; readonly revision: number; readonly next: number | null }>,
): Generator<Item> {
  const documents = database.prepare(
    'SELECT key, etag, text, size, changed, changed_by FROM documents WHERE owner = ? ORDER BY key',
  )
  const parts = createParts(database)
  for (const { owner, revision, next } of homes)
    yield {
      kind: 'home',
      owner,
      revision,
      ...(next === null ? {} : { next }),
      documents: (documents.all(owner) as EntryRow[]).map((row) => [row.key, entryOf(row)]),
      parts: [...parts.read(owner)].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    }
}
