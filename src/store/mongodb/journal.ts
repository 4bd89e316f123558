/**
 * The journal of changes. A position is claimed by inserting an entry under it, one behind the head: of all who do, one
 * wins, and the others take the next one. What an entry comes from is unique too, so whoever brings it again finds it
 * there. Neither a late nor a doubled writer leaves a gap, because a batch is inserted in order and ends at the first
 * entry that is refused.
 */
import type { Collection } from 'mongodb'
import { stopwatch, type Clock, type Instant } from '../../clock.ts'
import type { Journal, JournalEntry, JournalRecord, Position } from '../../feed/journal.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { JournalDocument } from './collections.ts'
import type { OutboxItem } from './home-document.ts'
import type { Deadlines } from './deadlines.ts'
import { duplicatesOf, unavailable } from './errors.ts'
import type { JournalCuts } from './journal-cuts.ts'

export type JournalItem = OutboxItem & { readonly kind: 'journal' }

export interface JournalTable {
  readonly journal: Journal
  /** Resolves when all of them are in the journal. Those that come together are inserted together. */
  append(entries: readonly JournalItem[]): Promise<void>
  /** Removes those that were appended at `until` or earlier, from the old end. @returns how many. */
  sweep(until: Instant): Promise<number>
}

/**
 * Positions of one page are found by an equality, which FerretDB leaves to PostgreSQL; for a range it fetches the whole
 * collection.
 */
const PAGE = 64
/**
 * A head known for longer is asked for again: it may have been swept. A writer that is frozen for a week between this
 * and its insert would do harm.
 */
const HEAD_KNOWN_FOR_MS = 60_000
const PAGES_AT_MOST = 4
const BATCH = 500
const APPENDED_WITHIN_MS = 1_500

export function createJournal(
  documents: Collection<JournalDocument>,
  cuts: JournalCuts,
  clock: Clock,
  { bounded }: Deadlines,
  appended: Listeners<[]>,
): JournalTable {
  const finder = createHeadFinder(documents)
  const append = createAppending(documents, finder, cuts, clock, appended)

  return {
    journal: {
      head: bounded(finder.head),
      tail: bounded(async (owner) => {
        const [oldest] = await documents.find().sort({ _id: 1 }).limit(1).toArray()
        if (oldest === undefined) return 0
        return Math.max(oldest.gone === true ? oldest._id : oldest._id - 1, await cuts.of(owner))
      }),
      read: bounded(async (after, limit, owner) => {
        const head = await finder.head()
        if (after >= head) return []
        return owner === undefined
          ? await readAll(documents, after, head, limit)
          : await readOf(documents, after, head, limit, owner)
      }),
      onAppend: appended.add,
    },
    append,
    sweep: async (until) => {
      const swept = await sweep(documents, finder.head, until)
      const [oldest] = await documents.find().sort({ _id: 1 }).limit(1).toArray()
      if (oldest !== undefined) await cuts.forget(oldest._id - 1)
      return swept
    },
  }
}

type HeadFinder = ReturnType<typeof createHeadFinder>

function createAppending(
  documents: Collection<JournalDocument>,
  finder: HeadFinder,
  cuts: JournalCuts,
  clock: Clock,
  appended: Listeners<[]>,
): JournalTable['append'] {
  async function insert(entries: readonly JournalItem[]): Promise<void> {
    const began = stopwatch()
    let head = await finder.recent()
    let left = entries
    while (left.length > 0) {
      const count = await insertBatch(documents, left, head, clock.now())
      finder.know(head + count)
      head += count
      left = left.slice(count)
      if (count > 0 || left.length === 0) continue
      // Either somebody else took the position, or this entry is there already.
      if ((await documents.findOne({ source: left[0]!.id }, { projection: { _id: 1 } })) !== null) left = left.slice(1)
      else head = await finder.head()
      if (stopwatch() - began > APPENDED_WITHIN_MS)
        throw unavailable('The store cannot do this now: too many others are writing.')
    }
    appended.tell()
    for (const { owner, record } of entries) cuts.wrote(owner, JSON.stringify(record).length)
  }

  const waiting: {
    readonly entries: readonly JournalItem[]
    readonly resolve: () => void
    readonly reject: (reason: unknown) => void
  }[] = []

  async function insertWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const jobs = [...waiting]
      const done = insert(jobs.flatMap(({ entries }) => entries))
      await done.then(
        () => jobs.forEach(({ resolve }) => resolve()),
        (error: unknown) => jobs.forEach(({ reject }) => reject(error)),
      )
      waiting.splice(0, jobs.length)
    }
  }

  return (entries) => {
    if (entries.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      waiting.push({ entries, resolve, reject })
      // Whoever comes while others are being inserted is taken along with the next ones.
      if (waiting.length === 1) setImmediate(() => void insertWaiting())
    })
  }
}

/** @returns how many were inserted, from the first one on. */
async function insertBatch(
  documents: Collection<JournalDocument>,
  entries: readonly JournalItem[],
  head: Position,
  at: Instant,
): Promise<number> {
  const batch = entries.slice(0, BATCH).map(({ id, owner, record }, index) => {
    const position = head + 1 + index
    return { _id: position, page: pageOf(position), source: id, owner, record: JSON.stringify(record), at }
  })
  try {
    await documents.insertMany(batch, { ordered: true })
    return batch.length
  } catch (error) {
    const duplicates = duplicatesOf(error)
    if (duplicates === undefined) throw error
    return duplicates[0]!
  }
}

export function pageOf(position: Position): number {
  return Math.floor((position - 1) / PAGE)
}

function createHeadFinder(documents: Collection<JournalDocument>) {
  let known: { readonly position: Position; readonly since: number } | undefined

  async function last(filter: { readonly page?: number }): Promise<Position | undefined> {
    const [newest] = await documents
      .find(filter)
      .sort({ _id: -1 })
      .limit(1)
      .project<{ _id: Position }>({ _id: 1 })
      .toArray()
    return newest?._id
  }

  function know(position: Position): Position {
    if (known === undefined || position >= known.position) known = { position, since: stopwatch() }
    return known.position
  }

  const isRecent = (): boolean => known !== undefined && stopwatch() - known.since < HEAD_KNOWN_FOR_MS

  /** From the one that is known onwards. */
  async function head(): Promise<Position> {
    let position = isRecent() ? known!.position : undefined
    for (let pages = 0; position !== undefined && pages < PAGES_AT_MOST; pages++) {
      const newest: Position = (await last({ page: pageOf(position + 1) })) ?? position
      const isEnd = newest % PAGE !== 0 || newest <= position
      position = Math.max(position, newest)
      if (isEnd) return know(position)
    }
    return know((await last({})) ?? 0)
  }

  return { know, head, recent: async () => (isRecent() ? known!.position : await head()) }
}

/** Of the entries up to a head all are there; one that is still on its way would be behind it. */
async function readAll(
  documents: Collection<JournalDocument>,
  after: Position,
  head: Position,
  limit: number,
): Promise<readonly JournalEntry[]> {
  const entries: JournalDocument[] = []
  let position = after
  while (entries.length < limit) {
    const page = await documents
      .find({ page: pageOf(position + 1) })
      .sort({ _id: 1 })
      .toArray()
    const behind = page.filter(({ _id }) => _id > position && _id <= head)
    if (behind.length === 0) break
    entries.push(...behind)
    position = behind.at(-1)!._id
  }
  // What would follow first is swept.
  if (entries.length === 0)
    entries.push(
      ...(await documents
        .find({ _id: { $gt: after, $lte: head } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()),
    )
  return entries.slice(0, limit).filter(isKept).map(entryOf)
}

async function readOf(
  documents: Collection<JournalDocument>,
  after: Position,
  head: Position,
  limit: number,
  owner: Owner,
): Promise<readonly JournalEntry[]> {
  const range = { _id: { $gt: after, $lte: head } }
  const of = (whose: Owner) =>
    documents
      .find({ owner: whose, ...range })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray()
  const found = await Promise.all(owner === 'global' ? [of(owner)] : [of(owner), of('global')])
  return found
    .flat()
    .filter(isKept)
    .sort((a, b) => a._id - b._id)
    .slice(0, limit)
    .map(entryOf)
}

const isKept = ({ gone }: JournalDocument): boolean => gone !== true

function entryOf({ _id: position, owner, record }: JournalDocument): JournalEntry {
  return { position, owner, record: JSON.parse(record) as JournalRecord }
}

/** The newest entry stays where it is, as one that is gone: it tells which position is the next. */
async function sweep(
  documents: Collection<JournalDocument>,
  headNow: () => Promise<Position>,
  until: Instant,
): Promise<number> {
  let swept = 0
  for (;;) {
    const shape = { _id: 1, at: 1, gone: 1 }
    const oldest = await documents
      .find()
      .sort({ _id: 1 })
      .limit(BATCH)
      .project<Pick<JournalDocument, '_id' | 'at' | 'gone'>>(shape)
      .toArray()
    const head = await headNow()
    const young = oldest.findIndex(({ _id, at, gone }) => (gone !== true && at > until) || _id === head)
    const old = young < 0 ? oldest : oldest.slice(0, young)
    const last = old.at(-1)
    if (last !== undefined) await documents.deleteMany({ _id: { $lte: last._id } })
    swept += old.filter(({ gone }) => gone !== true).length
    const stopper = oldest[young]
    if (stopper !== undefined && stopper._id === head && stopper.gone !== true && stopper.at <= until) {
      await documents.updateOne({ _id: head }, { $set: { gone: true, record: '{}' } })
      swept += 1
    }
    if (old.length < BATCH) return swept
  }
}
