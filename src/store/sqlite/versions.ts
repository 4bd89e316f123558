/**
 * What documents were before. Each mentions its text; when it goes, the text is dropped.
 *
 * A page that is written costs a commit more than all else here. So a new version goes to the end of a short table, on
 * a page that all commits of a transaction share, and is put to the others of its document later. That is done user by
 * user, some at a time and all in turn: by then most who write often have several there, and these share pages.
 */
import type { Clock } from '../../clock.ts'
import type { Commit, DocumentEntry, Home, Version } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { countSinceLooked } from '../since-looked.ts'
import { VERSION_ROW_BYTES, type Retention } from '../store.ts'
import type { Database, SqlValue } from './driver.ts'
import { entryOf, type EntryRow } from './entry-row.ts'
import type { TextsTable } from './texts.ts'

export interface VersionsTable {
  of(owner: Owner, key: string): readonly Version[]
  /** Within a transaction, as are the next two: what the commit replaces or removes becomes a version. */
  write(commit: Commit, before: Home): void
  /** Puts some more of the new ones to the others. @returns whether there are more. */
  settle(): boolean
  /**
   * Looks at the next `limit` versions and removes those that ended at `until` or earlier. To find them by index would
   * cost each PUT a page.
   * @returns how many went, and whether the last one was seen; then the next sweep begins again.
   */
  sweep(until: number, limit: number): { readonly swept: number; readonly isEnd: boolean }
}

interface VersionRow extends EntryRow {
  readonly owner: Owner
  readonly revision: number
  readonly replaced: number
}

/** So many new ones are in the short table at most; who reads versions walks along all of it. */
const NEW_AT_MOST = 1_280
/** So many are put to the others at once, with all of the user who has the last of them: some milliseconds. */
const SETTLED_AT_ONCE = 256
/** Bytes of their texts: nobody looks whether these are too many before they are put to the others. */
const NEW_BYTES_AT_MOST = 33_554_432
/** Behind the names of all owners, which begin with a letter. */
const BEHIND_ALL = '~'
const START = { owner: '', key: '', revision: 0 }

const COLUMNS = 'owner, key, revision, etag, text, size, changed, changed_by, replaced'
const VALUES = '?, ?, ?, ?, ?, ?, ?, ?, ?'

export function createVersions(
  database: Database,
  clock: Clock,
  texts: TextsTable,
  retention: Pick<Retention, 'versionsAtMost' | 'versionBytesAtMost'>,
): VersionsTable {
  const { versionsAtMost: atMost, versionBytesAtMost: bytesAtMost } = retention
  const select = database.prepare(
    `SELECT ${COLUMNS} FROM versions WHERE owner = ?1 AND key = ?2 UNION ALL SELECT ${COLUMNS} FROM new_versions WHERE owner = ?1 AND key = ?2
     ORDER BY revision DESC LIMIT ?3`,
  )
  const ofOwner = database.prepare(
    'SELECT text, size FROM versions WHERE owner = ?1 UNION ALL SELECT text, size FROM new_versions WHERE owner = ?1',
  )
  const removeOfOwner = ['versions', 'new_versions'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE owner = ?`),
  )
  const page = database.prepare(
    'SELECT owner, key, revision, text, size, replaced FROM versions WHERE (owner, key, revision) > (?, ?, ?) ' +
      'ORDER BY owner, key, revision LIMIT ?',
  )
  const remove = database.prepare('DELETE FROM versions WHERE owner = ? AND key = ? AND revision = ?')
  const fresh = createNew(database, createSettling(database, texts, atMost, bytesAtMost))
  let seen: Pick<VersionRow, 'revision' | 'key'> & { readonly owner: string } = START

  function add(owner: Owner, key: string, revision: number, { etag, text, size, changed, by }: DocumentEntry): void {
    if (atMost === 0) return texts.drop(owner, { text, size })
    fresh.add(size, [owner, key, revision, etag, text, size, changed, by, clock.now()])
  }

  function forget(owner: Owner): void {
    for (const row of ofOwner.all(owner) as VersionRow[]) texts.drop(owner, row)
    for (const remove of removeOfOwner) remove.run(owner)
  }

  return {
    of: (owner, key) => (select.all(owner, key, atMost) as VersionRow[]).map(versionOf),
    write({ home: { owner, revision, documents }, forgetsVersions }, before) {
      for (const [key, entry] of documents === before.documents ? [] : before.documents) {
        if (documents.get(key)?.text !== entry.text) add(owner, key, revision + 1, entry)
      }
      if (forgetsVersions === true) forget(owner)
      fresh.settleTooMany()
    },
    settle: fresh.settle,
    sweep(until, limit) {
      const rows = page.all(seen.owner, seen.key, seen.revision, limit) as VersionRow[]
      const old = rows.filter(({ replaced }) => replaced <= until)
      for (const row of old) {
        remove.run(row.owner, row.key, row.revision)
        texts.drop(row.owner, row)
      }
      const last = rows.length < limit ? undefined : rows.at(-1)
      seen = last ?? START
      return { swept: old.length, isEnd: last === undefined }
    },
  }
}

/** The short table, within a transaction. @param settleSome puts some of what is in it to the others. */
function createNew(database: Database, settleSome: () => void) {
  const insert = database.prepare(`INSERT INTO new_versions (${COLUMNS}) VALUES (${VALUES})`)
  const select = database.prepare('SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM new_versions')
  const look = () => select.get() as { readonly count: number; readonly bytes: number }
  /** As it was when it was looked at last, with what this process has put into it since. */
  let present = look()

  function settle(): boolean {
    settleSome()
    present = look()
    return present.count > 0
  }

  return {
    add(bytes: number, values: readonly SqlValue[]): void {
      insert.run(...values)
      present = { count: present.count + 1, bytes: present.bytes + bytes }
    },
    settle,
    settleTooMany(): void {
      while ((present.count > NEW_AT_MOST || present.bytes > NEW_BYTES_AT_MOST) && settle()) continue
    },
  }
}

/**
 * Within a transaction: puts the new versions of the next users to the others; of each document and of each user the
 * oldest go that are too many. Other processes' too.
 */
function createSettling(database: Database, texts: TextsTable, atMost: number, bytesAtMost: number): () => void {
  const lastOwner = database.prepare(
    `SELECT owner FROM new_versions WHERE owner > ? ORDER BY owner LIMIT 1 OFFSET ${SETTLED_AT_ONCE - 1}`,
  )
  const some = 'FROM new_versions WHERE owner > ?1 AND owner <= ?2'
  const sizes = database.prepare(`SELECT owner, sum(size + ${VERSION_ROW_BYTES}) AS bytes ${some} GROUP BY owner`)
  const settle = database.prepare(
    `INSERT INTO versions (${COLUMNS}) SELECT ${COLUMNS} ${some} ORDER BY owner, key, revision`,
  )
  const removeTooMany = database.prepare(
    `DELETE FROM versions WHERE (owner, key, revision) IN (
       SELECT owner, key, old.revision FROM (SELECT DISTINCT owner, key ${some}) AS document
       CROSS JOIN versions AS old USING (owner, key) WHERE old.revision <= (
         SELECT revision FROM versions WHERE owner = document.owner AND key = document.key
         ORDER BY revision DESC LIMIT 1 OFFSET ?3)
     ) RETURNING owner, text, size`,
  )
  const removeNew = database.prepare(`DELETE ${some}`)
  const remove = database.prepare('DELETE FROM versions WHERE owner = ? AND key = ? AND revision = ?')

  const tooLarge = database.prepare(
    `SELECT key, revision, text, size FROM (SELECT key, revision, text, size,
     sum(size + ${VERSION_ROW_BYTES}) OVER (ORDER BY revision DESC, key) AS total FROM versions WHERE owner = ?) WHERE total > ?`,
  )

  const written = countSinceLooked(bytesAtMost)

  function removeBeyondTotal(owner: Owner): void {
    for (const row of tooLarge.all(owner, bytesAtMost) as VersionRow[]) {
      remove.run(owner, row.key, row.revision)
      texts.drop(owner, row)
    }
  }

  let after = ''

  return () => {
    const last = lastOwner.get(after) as { readonly owner: Owner } | undefined
    const range = [after, last?.owner ?? BEHIND_ALL] as const
    after = last?.owner ?? ''
    const added = sizes.all(...range) as { readonly owner: Owner; readonly bytes: number }[]
    if (added.length === 0) return
    settle.run(...range)
    for (const row of removeTooMany.all(...range, atMost) as VersionRow[]) texts.drop(row.owner, row)
    removeNew.run(...range)
    for (const { owner, bytes } of added) if (written.add(owner, bytes)) removeBeyondTotal(owner)
  }
}

function versionOf(row: VersionRow): Version {
  return { ...entryOf(row), replaced: row.replaced }
}
