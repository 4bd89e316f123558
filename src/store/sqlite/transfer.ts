/**
 * Everything in the file, out and in. The mark of an import lies among the kept values, and moves on in the transaction
 * that writes the items.
 */
import type { ImportMark, Item, ItemOf, Kind, Transfer } from '../transfer.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { MARK, takePicture } from './transfer-picture.ts'
import { translatingErrors, asRefusal } from './trouble.ts'

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
  'homes',
  'documents',
  'parts',
  'journal',
]

/** @param another opens the file once more: a picture is taken on a connection of its own. */
export function createTransfer(
  database: Database,
  writer: Writer,
  path: string,
  another: () => Promise<Database>,
): Transfer {
  const select = database.prepare('SELECT value FROM kept WHERE name = ?')
  const put = database.prepare('INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)')
  const remove = database.prepare('DELETE FROM kept WHERE name = ?')
  const anything = database.prepare(
    `SELECT ${TABLES.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ')} OR EXISTS (SELECT 1 ` +
      `FROM sqlite_sequence WHERE seq > 0) AS found`,
  )
  const insert = createInserts(database)

  function mark(): ImportMark | undefined {
    const row = select.get(MARK) as { value: string } | undefined
    return row && (JSON.parse(row.value) as ImportMark)
  }

  const isPresent = (wanted: ImportMark): boolean => JSON.stringify(mark()) === JSON.stringify(wanted)

  return {
    store: 'SQLite',
    async picture() {
      const own = await another()
      try {
        return takePicture(own, path)
      } catch (error) {
        own.close()
        throw asRefusal(error)
      }
    },
    unfinished: translatingErrors(mark),
    begin: (wanted) =>
      writer.write(() => {
        const present = mark()
        if (present !== undefined) return present
        if ((anything.get() as { found: number }).found === 1) return undefined
        put.run(MARK, JSON.stringify(wanted))
        return wanted
      }),
    write: (items, before, pages) =>
      writer.write(() => {
        if (!isPresent(before)) return false
        for (const item of items) insert(item)
        put.run(MARK, JSON.stringify({ ...before, pages }))
        return true
      }),
    finish: (wanted) => writer.write(() => void (isPresent(wanted) && remove.run(MARK))),
  }
}

type Inserts = { readonly [K in Kind]: (item: ItemOf<K>) => void }

/** Within a transaction. Each puts an item in the place of the same one, if that is there. */
function createInserts(database: Database): (item: Item) => void {
  const statement = (sql: string) => database.prepare(`INSERT OR REPLACE INTO ${sql}`)
  const kept = statement('kept (name, value) VALUES (?, ?)')
  const account = statement('accounts (xui, role) VALUES (?, ?)')
  const userName = statement('user_names (user_name, xui, md5, sha256) VALUES (?, ?, ?, ?)')
  const text = statement('texts (id, bytes) VALUES (?, ?)')
  const dropped = statement('dropped_texts (at, id) VALUES (?, ?)')
  const message = statement('messages (id, unique_name, owner, value, sweep_at) VALUES (?, ?, ?, ?, ?)')
  const body = statement('bodies (message, bytes) VALUES (?, ?)')
  const version = statement(
    'versions (owner, key, revision, etag, text, size, changed, changed_by, replaced) VALUES (?, ?, ?, ?, ' +
      '?, ?, ?, ?, ?)',
  )
  const reservation = statement('reservations (space, name, owner, since) VALUES (?, ?, ?, ?)')
  const home = statement('homes (owner, revision, next) VALUES (?, ?, ?)')
  const document = statement(
    'documents (owner, key, etag, text, size, changed, changed_by) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const part = statement('parts (owner, name, value) VALUES (?, ?, ?)')
  const journal = statement('journal (position, at, owner, record) VALUES (?, ?, ?, ?)')
  const noHead = database.prepare("DELETE FROM sqlite_sequence WHERE name = 'journal'")
  const head = database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal', ?)")
  const inserts: Inserts = {
    kept: ({ name, value }) => void kept.run(name, value),
    account({ xui, role, credentials }) {
      account.run(xui, role)
      for (const { userName: name, md5, sha256 } of credentials) userName.run(name, xui, md5, sha256)
    },
    text: ({ id, bytes }) => void text.run(id, bytes),
    dropped: ({ at, text: id }) => void dropped.run(at, id),
    message(item) {
      message.run(item.id, item.uniqueName, item.owner, JSON.stringify(item.value), item.sweepAt ?? null)
      body.run(item.id, item.body)
    },
    version: (item) =>
      void version.run(
        item.owner,
        item.document,
        item.revision,
        item.etag,
        item.text,
        item.size,
        item.changed,
        item.by,
        item.replaced,
      ),
    reservation: ({ space, name, owner, since }) => void reservation.run(space, name, owner, since),
    home({ owner, revision, next, documents, parts }) {
      home.run(owner, revision, next ?? null)
      for (const [key, entry] of documents)
        document.run(owner, key, entry.etag, entry.text, entry.size, entry.changed, entry.by)
      for (const [name, value] of parts) part.run(owner, name, JSON.stringify(value))
    },
    journal: ({ position, at, owner, record }) => void journal.run(position, at, owner, JSON.stringify(record)),
    head({ position }) {
      noHead.run()
      head.run(position)
    },
  }
  return (item) => (inserts[item.kind] as (item: Item) => void)(item)
}
