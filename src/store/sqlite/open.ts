/** Opens the default store: one SQLite file in a folder. Several processes may have it open at once. */
import { chmodSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Clock, Instant } from '../../clock.ts'
import { releaseVoid, type ReservedName } from '../../home/reservations.ts'
import { Refused } from '../../refusal.ts'
import type { Channel } from '../../workers/channel.ts'
import type { RemoteChanges } from '../remote-changes.ts'
import { DEFAULT_RETENTION, type Retention, type Store, type StoreSpace, type Swept } from '../store.ts'
import { createAccounts } from './accounts.ts'
import { openDatabase, type Database } from './driver.ts'
import { createWriter, type Writer } from './group-commit.ts'
import { createHomes } from './homes.ts'
import { createJournal } from './journal.ts'
import { unlinkedEntries } from './journal-chain.ts'
import { createLeases } from './leases.ts'
import { writingBack } from './log.ts'
import { createLongBodies, layingLongBodies } from './long-bodies.ts'
import { createMessages } from './messages.ts'
import { migrate } from './migrations.ts'
import { createNews } from './news.ts'
import { createReservations } from './reservations.ts'
import { createTexts } from './texts.ts'
import { createTrail } from './trail.ts'
import { createTransfer } from './transfer.ts'
import { troubleText } from './trouble.ts'
import { createVersions, type VersionsTable } from './versions.ts'
import { countOthers, watchOthers } from './watch.ts'

export interface SqliteOptions {
  readonly folder: string
  readonly clock: Clock
  readonly retention?: Partial<Retention>
  /** How often it is looked whether another process committed; what it did is known within this time. */
  readonly lookEveryMs?: number
  /** The file grows no larger than this; then writing is refused as on a full disk. */
  readonly bytesAtMost?: number
  /** Is told what a listener threw. */
  readonly onTrouble?: (trouble: unknown) => void
  /** What the other workers of this server change, where there are any: each says so at once. */
  readonly changes?: Channel<RemoteChanges> | undefined
}

const FILE = 'xdms.sqlite'
const LOOK_EVERY_MS = 250
/** Beside other workers nearly every look finds what they have told already. */
const LOOK_BESIDE_WORKERS_MS = 900
/** At the start another process may be making or mending the file; nobody is served yet, so waiting harms nobody. */
const BUSY_AT_START_MS = 5_000
/** From then on a wait blocks everybody, so it is short; `group-commit.ts` tries again. */
const BUSY_MS = 20
/** A sweep removes so many at a time, so that others come between. */
const SWEPT_AT_ONCE = 200
/**
 * A sweep looks at so many versions, some at a time; where there are millions, the next ones are for the next sweeps.
 */
const VERSIONS_AT_ONCE = 1_000
const VERSIONS_AT_MOST = 50_000
/** A sweep looks at so many reservations and reads the home behind each; the next one goes on from there. */
const RESERVATIONS_AT_ONCE = 1_000
/** The write-ahead log is cut to this after it was longer. */
const LOG_BYTES = 64 * 1024 * 1024
/**
 * So much is in it before that is brought into the file: who commits much writes the same pages again and again, and
 * each of these times waits for the disk twice more. `log.ts` does not wait so long for what is large.
 */
const LOG_BYTES_BROUGHT_BACK = 16_777_216
/** Of a file that is made; one that is there keeps its own. Three texts of 2 KB lie on one, and no two on 4 KiB. */
const PAGE_BYTES = 8_192

/** The file of the store in a folder, an absolute path. */
export function fileOf(folder: string): string {
  return join(resolve(folder), FILE)
}

/** @throws Error that says in words for people why the store cannot be opened. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const path = fileOf(options.folder)
  let database: Database | undefined
  try {
    database = await openDatabase(resolve(options.folder), path, BUSY_AT_START_MS)
    prepareFile(database, path, options)
    return createStore(database, path, options)
  } catch (error) {
    database?.close()
    throw new Error(`The store ${path} cannot be opened: ${troubleText(error)}.`, { cause: error })
  }
}

/** The file is looked at before anything of it is changed: it may be somebody else's. */
function prepareFile(database: Database, path: string, { clock, bytesAtMost }: SqliteOptions): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`)
  migrate(database, clock.now())
  chmodSync(path, 0o600)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`)
  const { page_size: pageSize } = database.prepare('PRAGMA page_size').get() as { page_size: number }
  database.exec(`PRAGMA wal_autocheckpoint = ${LOG_BYTES_BROUGHT_BACK / pageSize}`)
  database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
  if (bytesAtMost === undefined) return
  database.exec(`PRAGMA max_page_count = ${Math.ceil(bytesAtMost / pageSize)}`)
}

function createStore(database: Database, path: string, options: SqliteOptions): Store {
  const { clock } = options
  const retention = { ...DEFAULT_RETENTION, ...options.retention }
  const onTrouble = options.onTrouble ?? (() => {})
  const { changes } = options
  const lookEveryMs = options.lookEveryMs ?? (changes ? LOOK_BESIDE_WORKERS_MS : LOOK_EVERY_MS)
  const { committed, appended, accountsChanged, ...news } = createNews({ clock, onTrouble, changes, lookEveryMs })

  const texts = createTexts(database, clock, retention)
  const versions = createVersions(database, clock, texts, retention)
  const longBodies = createLongBodies(database)
  const messages = createMessages(database, longBodies, retention)
  const journal = createJournal(database, clock, retention, appended)
  const flushed = (): void => {
    news.tellOfTransaction()
    journal.tellOfNew()
  }
  const writer = writingBack(createWriter(database, clock, flushed, changes !== undefined), database)
  const others = countOthers(database)
  const table = createHomes({ database, writer, others, texts, versions, messages, journal, committed })
  const homes = layingLongBodies(table.homes, longBodies, writer, clock)
  const reservations = createReservations(database, writer, clock)
  const trail = createTrail(database, writer)
  let sweptTo: ReservedName | undefined
  const stopWatching = watchOthers(others, clock, lookEveryMs, news.tellOfOthers)
  const another = (): Promise<Database> => openDatabase(resolve(options.folder), path, BUSY_AT_START_MS)
  let closing: Promise<void> | undefined

  return {
    homes,
    messages: messages.messages,
    reservations,
    leases: createLeases(database, writer),
    journal: journal.journal,
    trail: trail.trail,
    accounts: createAccounts(database, writer, others, accountsChanged),
    metadata: createKept(database, writer),
    transfer: createTransfer(database, writer, another),
    damage: () => damageIn(another),
    path,
    // Its questions are answered at once, or wait for a disk of which nothing more is known.
    withinDeadline: (work) => work(),
    ready: createProbe(database, writer, clock, path),
    figures: () => ({ ...writer.figures(), ...table.figures() }),
    space: async () => spaceOf(path),
    async sweep(): Promise<Swept> {
      const now = clock.now()
      const { released, next } = await releaseVoid(homes, reservations, sweptTo, RESERVATIONS_AT_ONCE)
      sweptTo = next
      while (await writer.write(() => longBodies.sweepOne(now))) continue
      return {
        reservations: released,
        versions: await sweepVersions(writer, versions, now - retention.version),
        texts: await inBatches(writer, () => texts.sweep(now - retention.droppedText, SWEPT_AT_ONCE)),
        messages: await inBatches(writer, () => messages.sweep(now, SWEPT_AT_ONCE)),
        journal: await inBatches(writer, () => journal.sweep(now - retention.journal, SWEPT_AT_ONCE)),
        trail: await inBatches(writer, () => trail.sweep(now - retention.trail, retention.trailAtMost, SWEPT_AT_ONCE)),
      }
    },
    close() {
      closing ??= writer.idle().then(() => {
        stopWatching()
        closeFile(database)
      })
      return closing
    },
  }
}

async function sweepVersions(writer: Writer, versions: VersionsTable, until: Instant): Promise<number> {
  while (await writer.write(versions.settle)) continue
  let count = 0
  for (let looked = 0; looked < VERSIONS_AT_MOST; looked += VERSIONS_AT_ONCE) {
    const { swept, isEnd } = await writer.write(() => versions.sweep(until, VERSIONS_AT_ONCE))
    count += swept
    if (isEnd) break
  }
  return count
}

async function inBatches(writer: Writer, sweep: () => number): Promise<number> {
  let swept = 0
  for (;;) {
    const count = await writer.write(sweep)
    swept += count
    if (count < SWEPT_AT_ONCE) return swept
  }
}

function createKept(database: Database, writer: Writer): Store['metadata'] {
  const select = database.prepare('SELECT value FROM kept WHERE name = ?')
  const insert = database.prepare('INSERT INTO kept (name, value) VALUES (?, ?)')
  return (name, make) =>
    writer.write(() => {
      const row = select.get(name) as { value: string } | undefined
      if (row !== undefined) return row.value
      const value = make()
      insert.run(name, value)
      return value
    })
}

/**
 * Reads and writes, and looks whether the file is still the one that was opened: SQLite goes on with one that somebody
 * deleted.
 */
function createProbe(database: Database, writer: Writer, clock: Clock, path: string): () => Promise<void> {
  const opened = inodeOf(path)
  const write = database.prepare('INSERT OR REPLACE INTO probe (id, at) VALUES (1, ?)')
  return async () => {
    if (inodeOf(path) !== opened) {
      throw new Refused({
        kind: 'unavailable',
        detail: 'The file of the store is gone, or another one is in its place.',
        retryAfter: 5,
      })
    }
    await writer.write(() => write.run(clock.now()))
  }
}

/** With the write-ahead log. */
function spaceOf(path: string): StoreSpace {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const { bavail, bsize } = statfsSync(dirname(path))
  return { bytes: sizeOf(path) + sizeOf(`${path}-wal`), free: bavail * bsize }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino
  } catch {
    return undefined
  }
}

function closeFile(database: Database): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // What is in the log stays there, as after a kill, and is read at the next start.
  }
  database.close()
}

/** By what SQLite finds out itself, and whether the journal hangs together; on a connection of its own. */
async function damageIn(another: () => Promise<Database>): Promise<readonly string[]> {
  const own = await another()
  try {
    const found = own.prepare('PRAGMA integrity_check(20)').all() as { readonly integrity_check: string }[]
    const damage = found.map((row) => row.integrity_check.replaceAll('\n', ' ')).filter((text) => text !== 'ok')
    return [...damage, ...unlinkedEntries(own)]
  } catch (error) {
    return [troubleText(error)]
  } finally {
    own.close()
  }
}
