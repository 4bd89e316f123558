/** Everything in the file, out and in. The mark of an import lies among the kept values. */
import type { ImportMark, Item, Transfer } from '../transfer.ts'
import type { Database, SqlValue } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { MARK, takeSnapshot } from './transfer-snapshot.ts'
import { asRefusal, translatingErrors, troubleText } from './trouble.ts'

const TABLES: readonly string[] = [
  'kept',
  'accounts',
  'user_names',
  'texts',
  'dropped_texts',
  'messages',
  'bodies',
  'versions',
  'new_versions',
  'reservations',
  'trail',
  'homes',
  'documents',
  'parts',
  'items',
  'journal',
  'journal_cuts',
]

/** @param another opens the file once more: a snapshot is taken on a connection of its own. */
export function createTransfer(database: Database, writer: Writer, another: () => Promise<Database>): Transfer {
  const select = database.prepare('SELECT value FROM kept WHERE name = ?')
  const remove = database.prepare('DELETE FROM kept WHERE name = ?')
  const anything = database.prepare(
    `SELECT ${TABLES.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ')}
     OR EXISTS (SELECT 1 FROM sqlite_sequence WHERE seq > 0) AS found`,
  )
  const insert = createInsert(database)

  function mark(): ImportMark | undefined {
    const row = select.get(MARK) as { value: string } | undefined
    return row && (JSON.parse(row.value) as ImportMark)
  }

  const isPresent = (wanted: ImportMark): boolean => JSON.stringify(mark()) === JSON.stringify(wanted)

  return {
    store: 'SQLite',
    async snapshot() {
      const own = await another()
      try {
        return takeSnapshot(own)
      } catch (error) {
        own.close()
        throw asRefusal(error)
      }
    },
    async damage() {
      const own = await another()
      try {
        const found = own.prepare('PRAGMA integrity_check(20)').all() as { readonly integrity_check: string }[]
        return found.map((row) => row.integrity_check.replaceAll('\n', ' ')).filter((text) => text !== 'ok')
      } catch (error) {
        return [troubleText(error)]
      } finally {
        own.close()
      }
    },
    unfinished: translatingErrors(mark),
    begin: (wanted) =>
      writer.write(() => {
        const present = mark()
        if (present !== undefined) return present
        if ((anything.get() as { found: number }).found === 1) return undefined
        insert({ kind: 'kept', name: MARK, value: JSON.stringify(wanted) })
        return wanted
      }),
    write: (items, wanted) =>
      writer.write(() => {
        if (!isPresent(wanted)) return false
        for (const item of items) insert(item)
        return true
      }),
    forget: (name) => writer.write(() => void remove.run(name)),
    finish: (wanted) => writer.write(() => void (isPresent(wanted) && remove.run(MARK))),
  }
}

type Row = readonly [table: string, values: Readonly<Record<string, SqlValue>>]

/** Within a transaction. Puts an item in the place of the same one, if that is there. */
function createInsert(database: Database): (item: Item) => void {
  const statements = new Map<string, ReturnType<Database['prepare']>>()
  const noHead = database.prepare("DELETE FROM sqlite_sequence WHERE name = 'journal'")
  const insertInto = (table: string, columns: readonly string[]) => {
    const sql = `INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
    const statement = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return (item) => {
    if (item.kind === 'head') noHead.run()
    for (const [table, values] of rowsOf(item)) insertInto(table, Object.keys(values)).run(...Object.values(values))
  }
}

function rowsOf(item: Item): readonly Row[] {
  switch (item.kind) {
    case 'kept':
      return [['kept', { name: item.name, value: item.value }]]
    case 'account': {
      const { xui, role, credentials } = item
      return [
        ['accounts', { xui, role }],
        ...credentials.map(
          ({ userName, md5, sha256 }): Row => ['user_names', { user_name: userName, xui, md5, sha256 }],
        ),
      ]
    }
    case 'text':
      return [['texts', { id: item.id, bytes: item.bytes }]]
    case 'dropped':
      return [['dropped_texts', { at: item.at, id: item.text }]]
    case 'message': {
      const { id, uniqueName, owner, value, body, sweepAt = null } = item
      return [
        ['messages', { id, unique_name: uniqueName, owner, value: JSON.stringify(value), sweep_at: sweepAt }],
        ...(body === undefined ? [] : [['bodies', { message: id, bytes: body }] satisfies Row]),
      ]
    }
    case 'version': {
      const { owner, document: key, revision, etag, text, size, changed, by, replaced } = item
      return [['versions', { owner, key, revision, etag, text, size, changed, changed_by: by, replaced }]]
    }
    case 'reservation': {
      const { space, name, owner, since } = item
      return [['reservations', { space, name, owner, since }]]
    }
    case 'trail': {
      const { kind, ...entry } = item
      const { id, at, user, what } = entry
      return [['trail', { id, at, user, what, entry: JSON.stringify(entry) }]]
    }
    case 'home': {
      const { owner, revision, next = null, documents, parts } = item
      return [
        ['homes', { owner, revision, next }],
        ...documents.map(
          ([key, { etag, text, size, changed, by }]): Row => [
            'documents',
            { owner, key, etag, text, size, changed, changed_by: by },
          ],
        ),
        ...parts.map(([name, value]): Row => ['parts', { owner, name, value: JSON.stringify(value) }]),
      ]
    }
    case 'cut':
      return [['journal_cuts', { owner: item.owner, position: item.position }]]
    case 'journal': {
      const { position, at, owner, record } = item
      return [['journal', { position, at, owner, record: JSON.stringify(record) }]]
    }
    case 'head':
      return [['sqlite_sequence', { name: 'journal', seq: item.position }]]
  }
}
