/**
 * What documents were before. Each mentions its text; when it goes, the text is dropped.
 *
 * A page that is written costs a commit more than all else here. So a new version goes to the end of a short table, on
 * a page that all commits of a transaction share, and is put to the others of its document together with some hundred
 * more.
 */
import type { Clock } from '../../clock.ts'
import type { Commit, DocumentEntry, Home, Version } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { countSinceLooked } from '../since-looked.ts'
import { VERSION_ROW_BYTES, type Retention } from '../store.ts'
import type { Database } from './driver.ts'
import { entryOf, type EntryRow } from './entry-row.ts'
import type { TextsTable } from './texts.ts'

export interface VersionsTable {
  of(owner: Owner, key: string): readonly Version[]
  /** Within a transaction, as is the next: what the commit replaces or removes becomes a version. */
  write(commit: Commit, before: Home): void
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

/** So many new ones are put to the others at once, which takes some milliseconds. */
const NEW_AT_MOST = 256
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
  const insertNew = database.prepare(`INSERT INTO new_versions (${COLUMNS}) VALUES (${VALUES})`)
  const ofOwner = database.prepare('SELECT text, size FROM versions WHERE owner = ?')
  const removeOfOwner = database.prepare('DELETE FROM versions WHERE owner = ?')
  const page = database.prepare(
    'SELECT owner, key, revision, text, size, replaced FROM versions WHERE (owner, key, revision) > (?, ?, ?) ' +
      'ORDER BY owner, key, revision LIMIT ?',
  )
  const remove = database.prepare('DELETE FROM versions WHERE owner = ? AND key = ? AND revision = ?')
  const trim = createTrimming(database, texts, atMost, bytesAtMost)
  let untrimmed = 0
  let seen: Pick<VersionRow, 'revision' | 'key'> & { readonly owner: string } = START

  function trimNew(): void {
    untrimmed = 0
    trim()
  }

  function add(owner: Owner, key: string, revision: number, { etag, text, size, changed, by }: DocumentEntry): void {
    if (atMost === 0) return texts.drop(owner, { text, size })
    insertNew.run(owner, key, revision, etag, text, size, changed, by, clock.now())
    untrimmed += 1
  }

  function forget(owner: Owner): void {
    trimNew()
    for (const row of ofOwner.all(owner) as VersionRow[]) texts.drop(owner, row)
    removeOfOwner.run(owner)
  }

  return {
    of: (owner, key) => (select.all(owner, key, atMost) as VersionRow[]).map(versionOf),
    write({ home: { owner, revision, documents }, forgetsVersions }, before) {
      for (const [key, entry] of documents === before.documents ? [] : before.documents) {
        if (documents.get(key)?.text !== entry.text) add(owner, key, revision + 1, entry)
      }
      if (forgetsVersions === true) forget(owner)
      if (untrimmed >= NEW_AT_MOST) trimNew()
    },
    sweep(until, limit) {
      trimNew()
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

/**
 * Within a transaction: puts the new versions to the others; of each document and of each user the oldest go that are
 * too many. Other processes' too.
 */
function createTrimming(database: Database, texts: TextsTable, atMost: number, bytesAtMost: number): () => void {
  const sizes = database.prepare(
    `SELECT owner, sum(size + ${VERSION_ROW_BYTES}) AS bytes FROM new_versions GROUP BY owner`,
  )
  const settle = database.prepare(
    `INSERT INTO versions (${COLUMNS}) SELECT ${COLUMNS} FROM new_versions ORDER BY owner, key, revision`,
  )
  const removeTooMany = database.prepare(
    `DELETE FROM versions WHERE (owner, key, revision) IN (
       SELECT owner, key, old.revision FROM (SELECT DISTINCT owner, key FROM new_versions) AS document
       CROSS JOIN versions AS old USING (owner, key) WHERE old.revision <= (
         SELECT revision FROM versions WHERE owner = document.owner AND key = document.key
         ORDER BY revision DESC LIMIT 1 OFFSET ?)
     ) RETURNING owner, text, size`,
  )
  const removeNew = database.prepare('DELETE FROM new_versions')
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

  return () => {
    const added = sizes.all() as { readonly owner: Owner; readonly bytes: number }[]
    if (added.length === 0) return
    settle.run()
    for (const row of removeTooMany.all(atMost) as VersionRow[]) texts.drop(row.owner, row)
    removeNew.run()
    for (const { owner, bytes } of added) if (written.add(owner, bytes)) removeBeyondTotal(owner)
  }
}

function versionOf(row: VersionRow): Version {
  return { ...entryOf(row), replaced: row.replaced }
}
