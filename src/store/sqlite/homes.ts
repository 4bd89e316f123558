/**
 * Homes: one row each, one for each document and one for each part; of these a commit writes only those that changed.
 */
import assert from 'node:assert/strict'
import type { Instant } from '../../clock.ts'
import {
  emptyHome,
  isEnough,
  type Commit,
  type Committed,
  type DocumentEntry,
  type Home,
  type Homes,
} from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { Database } from './driver.ts'
import { entryOf, type EntryRow } from './entry-row.ts'
import type { Writer } from './group-commit.ts'
import type { JournalTable } from './journal.ts'
import { createKeptHomes } from './kept-homes.ts'
import { NO_ENTRIES, type JournalEnd } from './journal-chain.ts'
import { isLong } from './long-bodies.ts'
import type { MessagesTable } from './messages.ts'
import { createParts } from './parts.ts'
import { createSnapshot } from './snapshot.ts'
import type { TextsTable } from './texts.ts'
import { translatingErrors } from './trouble.ts'
import type { VersionsTable } from './versions.ts'
import type { OthersCommits } from './watch.ts'

interface HomesRoom {
  readonly database: Database
  readonly writer: Writer
  readonly others: OthersCommits
  readonly texts: TextsTable
  readonly versions: VersionsTable
  readonly messages: MessagesTable
  readonly journal: JournalTable
  readonly committed: Listeners<[Owner | undefined, Instant | undefined]>
}

interface HomesTable {
  readonly homes: Homes
  figures(): { readonly commits: number; readonly conflicts: number }
}

interface HomeRow extends JournalEnd {
  readonly revision: number
  readonly next: number | null
}

export function createHomes(room: HomesRoom): HomesTable {
  const { database, writer, others, texts, versions, committed } = room
  const rows = createRows(database)
  const kept = createKeptHomes(others)
  const due = database.prepare('SELECT owner FROM homes WHERE next <= ? ORDER BY next, owner LIMIT ?')
  const earliest = database.prepare('SELECT next FROM homes WHERE next IS NOT NULL ORDER BY next LIMIT 1')
  const scheduled = database.prepare(
    'SELECT owner FROM homes WHERE next IS NOT NULL AND owner > ? ORDER BY owner LIMIT ?',
  )
  let commits = 0
  let conflicts = 0

  function read(owner: Owner, without?: string): Home {
    const present = kept.present(owner)
    if (present !== undefined && isEnough(present, without)) return present
    const revision = rows.home(owner)?.revision ?? 0
    const last = kept.last(owner)
    if (last?.revision === revision && isEnough(last, without)) return kept.keep(last)
    return kept.keep(revision === 0 ? emptyHome(owner) : rows.read(owner, without))
  }

  /** Within a transaction. */
  function decide(commit: Commit): Committed {
    const { home } = commit
    const present = rows.home(home.owner)
    if ((present?.revision ?? 0) !== home.revision) return { kind: 'conflict' }
    if (!room.messages.namesAreFree(commit.messages ?? [])) return { kind: 'duplicate-message' }
    const last = kept.last(home.owner)
    const isLast = last?.revision === home.revision && last.without === home.without
    const before = isLast ? last : rows.read(home.owner, home.without)
    // Whoever reads between this transaction and `keepNewest` reads the rows.
    kept.forget(home.owner)
    rows.write(home, before, append(room.journal, commit, present ?? NO_ENTRIES), commit.behind)
    texts.write(commit.texts ?? [])
    versions.write(commit, before)
    for (const message of commit.messages ?? []) room.messages.add(message)
    for (const entry of commit.outbox ?? []) if (entry.kind === 'message') room.messages.replace(entry)
    if (commit.unneeded !== undefined) room.messages.removeBodies(home.owner, commit.unneeded)
    return { kind: 'committed', home: { ...home, revision: home.revision + 1 } }
  }

  const homes: Homes = {
    read: translatingErrors((owner) => read(owner)),
    readWithout: translatingErrors(read),
    async commit(commit) {
      const outcome = await writer.write(() => decide(commit), bytesOf(commit))
      if (outcome.kind === 'conflict') conflicts += 1
      if (outcome.kind !== 'committed') return outcome
      commits += 1
      keepNewest(outcome.home)
      committed.tell(outcome.home.owner, outcome.home.next)
      return outcome
    },
    text: translatingErrors(texts.read),
    versions: translatingErrors(versions.of),
    due: translatingErrors((until, limit) => ownersOf(due.all(until, limit))),
    earliest: translatingErrors(() => (earliest.get() as { next: number } | undefined)?.next),
    scheduled: translatingErrors((after, limit) => ownersOf(scheduled.all(after, limit))),
    onCommit: committed.add,
  }

  /** Between the transaction and here somebody may have read, or another process committed, what came after it. */
  function keepNewest(home: Home): void {
    if ((kept.last(home.owner)?.revision ?? 0) < home.revision) kept.keep(home)
  }

  return { homes, figures: () => ({ commits, conflicts }) }
}

/** Within a transaction. @returns where the journal's entries of this home end then. */
function append(journal: JournalTable, { home, outbox = [] }: Commit, before: JournalEnd): JournalEnd {
  let end = before
  for (const entry of outbox) {
    if (entry.kind !== 'journal') continue
    assert.equal(entry.owner, home.owner, 'a commit brings entries of its own home')
    end = journal.append(entry.owner, entry.record, end)
  }
  return end
}

/** Of what is written as it came: texts of documents, and bodies of messages that do not lie there already. */
function bytesOf({ texts, messages }: Commit): number {
  let bytes = 0
  for (const text of texts ?? []) bytes += text.bytes.length
  for (const { body } of messages ?? []) if (!isLong(body)) bytes += body?.length ?? 0
  return bytes
}

function ownersOf(rows: unknown[]): Owner[] {
  return (rows as { owner: Owner }[]).map((row) => row.owner)
}

/** The rows of one home. */
export function createRows(database: Database) {
  const partRows = createParts(database)
  const selectHome = database.prepare(
    'SELECT revision, next, journal_last AS last, journal_far AS far, journal_count AS count FROM homes ' +
      'WHERE owner = ?',
  )
  const selectDocuments = database.prepare(
    'SELECT key, etag, text, size, changed, changed_by FROM documents WHERE owner = ?',
  )
  const changed = 'revision = ?, journal_last = ?, journal_far = ?, journal_count = ?'
  const addHome = database.prepare(
    'INSERT INTO homes (revision, journal_last, journal_far, journal_count, next, owner) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const replaceHome = database.prepare(`UPDATE homes SET ${changed}, next = ? WHERE owner = ?`)
  const replaceRevision = database.prepare(`UPDATE homes SET ${changed} WHERE owner = ?`)
  const putDocument = database.prepare(
    'INSERT OR REPLACE INTO documents (owner, key, etag, text, size, changed, changed_by) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const dropDocument = database.prepare('DELETE FROM documents WHERE owner = ? AND key = ?')
  const atOneMoment = createSnapshot(database)

  const home = (owner: Owner) => selectHome.get(owner) as HomeRow | undefined

  /**
   * All rows as they stand at one moment: another process may be committing this home.
   * @param without a list that is left out, unless it lies in one piece.
   */
  const read = (owner: Owner, without?: string): Home => atOneMoment(() => readRows(owner, without))

  function readRows(owner: Owner, without: string | undefined): Home {
    const row = home(owner)
    if (row === undefined) return emptyHome(owner)
    const documents = new Map<string, DocumentEntry>()
    for (const row of selectDocuments.all(owner) as EntryRow[]) documents.set(row.key, entryOf(row))
    const parts = partRows.read(owner, without)
    const isLeftOut = without !== undefined && !parts.has(without)
    const left = isLeftOut ? { without } : {}
    return { owner, revision: row.revision, documents, parts, next: row.next ?? undefined, ...left }
  }

  function write(home: Home, before: Home, end: JournalEnd, behind: NonNullable<Commit['behind']> = []): void {
    const { owner, revision, documents, parts, next, without } = home
    assert(next === undefined || Number.isSafeInteger(next), 'next is an instant')
    assert(without === before.without && (without === undefined || !parts.has(without)), 'what was left out stays so')
    const changed = [revision + 1, end.last, end.far, end.count] as const
    if (revision === 0) addHome.run(...changed, next ?? null, owner)
    // The indexes of `next` are pages of their own, and most commits leave it as it was.
    else if (next === before.next) replaceRevision.run(...changed, owner)
    else replaceHome.run(...changed, next ?? null, owner)
    if (documents !== before.documents) {
      for (const [key, entry] of documents) {
        if (before.documents.get(key) !== entry)
          putDocument.run(owner, key, entry.etag, entry.text, entry.size, entry.changed, entry.by)
      }
      for (const key of before.documents.keys()) if (!documents.has(key)) dropDocument.run(owner, key)
    }
    partRows.write(owner, revision + 1, parts, before.parts)
    if (without !== undefined) partRows.putBehind(owner, revision + 1, without, behind)
  }

  return { home, read, write }
}
