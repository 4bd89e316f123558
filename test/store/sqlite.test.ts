/**
 * What the default store does beyond the suite for all stores: sharing of syncs, trouble, files that cannot be opened.
 */
import { mkdir, mkdtemp, open as openFile, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { emptyHome, partOf } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import { openDatabase, type Database } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { ALICE, BOB, bytes, CAROL, counted, COUNTER, entry, message, put, waitsUntil } from './fixtures.ts'

let folder: string
const stores: Store[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
})

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(options: Partial<SqliteOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ folder, clock: systemClock, ...options })
  stores.push(store)
  return store
}

const racer = (at: number) => `sip:racer-${at}@example.com` as Xui
const file = () => join(folder, 'xdms.sqlite')
const unavailable = (retryAfter: number) => ({ refusal: { kind: 'unavailable', retryAfter } })

async function filled(): Promise<void> {
  const store = await openSqliteStore({ folder, clock: systemClock })
  for (let at = 0; at < 200; at++) await store.homes.commit(put(emptyHome(racer(at)), 'work', `tag-${at}`, at))
  await store.close()
}

describe('commits that come together', () => {
  it('design §4: 64 commits of one turn share one transaction', async () => {
    const store = await open()
    const before = store.figures()
    await Promise.all(
      Array.from({ length: 64 }, (_, at) => store.homes.commit(put(emptyHome(racer(at)), 'work', `tag-${at}`, at))),
    )
    const after = store.figures()
    expect(after.commits - before.commits).toBe(64)
    expect(after.transactions - before.transactions).toBe(1)
  })

  it('HOST-S1: of large texts and bodies so many share one transaction as are written in milliseconds', async () => {
    const store = await open()
    const transactions = async (sizes: readonly number[]): Promise<number> => {
      const before = store.figures().transactions
      const commits = sizes.map((size, at) => {
        const home = emptyHome(racer(before * 100 + at))
        const body = new Uint8Array(size)
        const name = `${before} ${at}`
        return at % 2 === 0
          ? store.homes.commit({ home, texts: [{ id: name, bytes: body }] })
          : store.homes.commit({ home, messages: [{ ...message(name, home.owner), body }] })
      })
      for (const { kind } of await Promise.all(commits)) expect(kind).toBe('committed')
      return store.figures().transactions - before
    }
    expect(await transactions([1_500_000, 1_500_000, 1_500_000, 1_500_000, 1_500_000])).toBe(3)
    // Small ones wait for no large one but the first.
    expect(await transactions([5_000_000, 1, 5_000_000, 1, 5_000_000, 1])).toBe(3)
    // A body of that size is three pieces; those of two messages are written side by side, then both messages.
    expect(await transactions([1, 5_000_000, 1, 5_000_000, 1])).toBe(5)
    expect(await transactions([1, 1, 1, 1, 1])).toBe(1)
  })

  it('design §4: one that fails does not harm the others', async () => {
    const store = await open()
    await store.homes.commit({ home: emptyHome(CAROL), texts: [{ id: 't', bytes: bytes('first') }] })
    const outcomes = await Promise.allSettled([
      store.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1)),
      store.homes.commit({ ...put(emptyHome(racer(1)), 'work', 'r1', 1), texts: [{ id: 't', bytes: bytes('other') }] }),
      store.homes.commit(put(emptyHome(BOB), 'work', 'b1', 1)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((await store.homes.read(racer(1))).revision).toBe(0)
    expect((await store.journal.read(0, 10)).map(({ position, owner }) => [position, owner])).toEqual([
      [1, 'sip:alice@example.com'],
      [2, 'sip:bob@example.com'],
    ])
  })

  it('design §4: a listener that throws is reported, and harms neither the commit nor the next listener', async () => {
    const troubles: unknown[] = []
    const store = await open({ onTrouble: (trouble) => troubles.push(trouble) })
    const heard: string[] = []
    const trouble = new Error('the listener is broken')
    const broken = (): never => {
      throw trouble
    }
    store.journal.onAppend(broken)
    store.homes.onCommit(broken)
    store.journal.onAppend(() => heard.push('append'))
    store.homes.onCommit(() => heard.push('commit'))
    expect((await store.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))).kind).toBe('committed')
    expect(heard).toEqual(['append', 'commit'])
    expect(troubles).toEqual([trouble, trouble])
  })
})

describe('versions in the file', () => {
  let other: Database
  const rows = (): unknown =>
    other.prepare('SELECT (SELECT count(*) FROM versions) AS settled, (SELECT count(*) FROM new_versions) AS new').get()
  const opened = async (): Promise<Store> => {
    const store = await open()
    other = await openDatabase(folder, file(), 1_000)
    return store
  }
  afterEach(() => other.close())

  it('X5: of a document written again and again there are few, at once; and after a sweep as many as are kept', async () => {
    const store = await opened()
    for (let at = 0; at < 1_400; at++)
      await store.homes.commit(put(await store.homes.read(ALICE), 'work', `tag-${at}`, at))
    expect(rows()).toEqual({ settled: 20, new: 118 })
    await store.sweep()
    expect(rows()).toEqual({ settled: 20, new: 0 })
    expect((await store.homes.versions(ALICE, 'org.cpm-xdms.profiles/work')).map(({ etag }) => etag)).toEqual(
      Array.from({ length: 20 }, (_, at) => `tag-${1_398 - at}`),
    )
  })

  it('X5: those of large texts are looked at earlier', async () => {
    const store = await opened()
    const text = new Uint8Array(1_000_000)
    for (let at = 0; at < 40; at++) {
      const commit = put(await store.homes.read(ALICE), 'work', `tag-${at}`, at)
      const [[key, entry] = ['', undefined]] = commit.home.documents
      const documents = new Map([[key, { ...entry!, size: text.length }]])
      await store.homes.commit({
        ...commit,
        home: { ...commit.home, documents },
        texts: [{ id: entry!.text, bytes: text }],
      })
    }
    expect(rows()).toEqual({ settled: 20, new: 5 })
  })

  it('X5: those of some users at a time are put to the others, and all have their turn', async () => {
    const store = await opened()
    const write = (count: number, tag: string): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, async (_, at) =>
          store.homes.commit(put(await store.homes.read(racer(10_000 + at)), 'work', `${tag}-${at}`, at)),
        ),
      )
    await write(1_280, 'first')
    await write(1_280, 'second')
    expect(rows()).toEqual({ settled: 0, new: 1_280 })
    await write(256, 'third')
    expect(rows()).toEqual({ settled: 256, new: 1_280 })
    await write(1, 'fourth')
    // Those that had their turn wait until it comes again.
    expect(rows()).toEqual({ settled: 512, new: 1_025 })
    const tagsOf = async (at: number): Promise<readonly string[]> =>
      (await store.homes.versions(racer(10_000 + at), 'org.cpm-xdms.profiles/work')).map(({ etag }) => etag)
    expect(await tagsOf(0)).toEqual(['third-0', 'second-0', 'first-0'])
    expect(await tagsOf(300)).toEqual(['first-300'])
  })
})

describe('trouble while it runs', () => {
  it('INV-25: a full disk refuses what does not fit as a whole, keeps what was accepted, and goes on when there is room', async () => {
    const store = await open({ bytesAtMost: 1_500_000 })
    await store.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))
    const huge = {
      ...put(counted(emptyHome(BOB), 1), 'work', 'b1', 1),
      messages: [{ ...message('m1', 'n1'), body: new Uint8Array(3_000_000) }],
    }
    const outcomes = await Promise.allSettled([
      store.homes.commit(huge),
      store.homes.commit({ ...huge, home: emptyHome(CAROL) }),
    ])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable(5) })
    expect(outcomes[0]).toMatchObject({ reason: { message: 'The store cannot do this now: the disk is full.' } })
    expect([
      (await store.homes.read(BOB)).revision,
      await store.homes.text('b1'),
      await store.messages.byId('m1'),
      await store.journal.head(),
    ]).toEqual([0, undefined, undefined, 1])
    const small = { ...huge, messages: [message('m1', 'n1')] }
    expect((await store.homes.commit(small)).kind).toBe('committed')
    expect((await store.messages.byName('n1'))?.id).toBe('m1')
    expect((await store.journal.read(0, 10)).map(({ position }) => position)).toEqual([1, 2])
    await store.ready()
  })

  it('INV-29: filled to the brim by small commits, every accepted one is there, no refused one is', async () => {
    const store = await open({ bytesAtMost: 600_000 })
    const outcomes = new Map<number, boolean>()
    for (let at = 0; [...outcomes.values()].filter((accepted) => !accepted).length < 20; at += 8) {
      const commits = Array.from({ length: 8 }, (_, lane) => ({
        ...put(emptyHome(racer(at + lane)), 'work', `tag-${at + lane}`, 1),
        messages: [message(`m${at + lane}`, `n${at + lane}`)],
      }))
      const settled = await Promise.allSettled(commits.map((commit) => store.homes.commit(commit)))
      for (const [lane, outcome] of settled.entries()) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(unavailable(5))
        outcomes.set(at + lane, outcome.status === 'fulfilled')
      }
    }
    await store.close()
    const roomy = await open()
    const there = await Promise.all(
      [...outcomes.keys()].map(async (at) => [
        (await roomy.homes.read(racer(at))).revision,
        await roomy.homes.text(`tag-${at}`),
        await roomy.messages.body(`m${at}`),
      ]),
    )
    expect(there).toEqual(
      [...outcomes].map(([at, accepted]) =>
        accepted ? [1, bytes(`<profile>tag-${at}</profile>`), bytes(`body of m${at}`)] : [0, undefined, undefined],
      ),
    )
    expect(await roomy.journal.head()).toBe([...outcomes.values()].filter((accepted) => accepted).length)
    expect((await roomy.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))).kind).toBe('committed')
  })

  it('INV-29: while another process holds the file, reading goes on; a commit waits for it, and is refused when that takes too long', async () => {
    const store = await open()
    await store.homes.commit(waitsUntil(ALICE, 1))
    const other = await openDatabase(folder, file(), 0)
    other.exec('BEGIN IMMEDIATE')
    const refused = store.homes.commit(waitsUntil(BOB, 2))
    expect((await store.homes.read(ALICE)).next).toBe(1)
    await expect(refused).rejects.toMatchObject(unavailable(1))
    expect((await store.homes.read(BOB)).revision).toBe(0)

    const patient = store.homes.commit(waitsUntil(BOB, 3))
    expect((await store.homes.read(ALICE)).next).toBe(1)
    other.exec('ROLLBACK')
    expect((await patient).kind).toBe('committed')
    expect((await store.homes.read(BOB)).next).toBe(3)
    expect(store.figures()).toMatchObject({ commits: 2, failures: 1 })
    other.close()
  })

  it('INV-2: a file that somebody moved away is not ready', async () => {
    const store = await open()
    await store.ready()
    await rename(file(), `${file()}.away`)
    await expect(store.ready()).rejects.toMatchObject({
      refusal: { kind: 'unavailable', detail: 'The file of the store is gone, or another one is in its place.' },
    })
    await writeFile(file(), '')
    await expect(store.ready()).rejects.toBeInstanceOf(Refused)
  })

  it('INV-28: a file whose pages are damaged is never read as something else', async () => {
    await filled()
    const { size } = await stat(file())
    const handle = await openFile(file(), 'r+')
    await handle.write(Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096)
    await handle.close()
    await expect(open()).rejects.toThrow(`The store ${file()} cannot be opened: the file is damaged, and `)
  })
})

describe('the file', () => {
  it('api §Settings: the folder and the files are for their owner alone', async () => {
    const inner = join(folder, 'new', 'data')
    const store = await open({ folder: inner })
    await store.homes.commit(waitsUntil(ALICE, 1))
    const path = join(inner, 'xdms.sqlite')
    const modes = await Promise.all(
      [inner, path, `${path}-wal`, `${path}-shm`].map(async (made) => ((await stat(made)).mode & 0o777).toString(8)),
    )
    expect(modes).toEqual(['700', '600', '600', '600'])
    expect(store.path).toBe(path)
  })

  it('design §5: one that is made has pages of 8 KiB, one that is there keeps what it has', async () => {
    const bytesOfPage = async (): Promise<unknown> => {
      await (await open()).close()
      const database = await openDatabase(folder, file(), 0)
      const row = database.prepare('PRAGMA page_size').get()
      database.close()
      return row
    }
    expect(await bytesOfPage()).toEqual({ page_size: 8192 })
    expect(await bytesOfPage()).toEqual({ page_size: 8192 })
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await prepared(await readFile(new URL('schema-1.sql', import.meta.url), 'utf8'))
    expect(await bytesOfPage()).toEqual({ page_size: 4096 })
  })

  it('design §5: a clean close leaves everything in the one file, and nothing in the write-ahead log', async () => {
    await filled()
    expect((await stat(`${file()}-wal`).catch(() => ({ size: 0 }))).size).toBe(0)
    const database = await openDatabase(folder, file(), 0)
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })

  it('api §Settings: a file of something else, of another program, or of a newer version is refused with the reason and left alone', async () => {
    const cases: readonly [string, () => Promise<void>][] = [
      ['the file is no SQLite database', () => writeFile(file(), 'These are not the bytes of a database.'.repeat(200))],
      ['it is a database of another program', () => prepared('CREATE TABLE birds (name TEXT)')],
      [
        'it was written by a newer version of this program (its schema has number 99, this program knows 9)',
        () =>
          prepared(
            'CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, since INTEGER); INSERT INTO ' +
              'schema_versions VALUES (99, 0)',
          ),
      ],
    ]
    for (const [reason, prepare] of cases) {
      await rm(folder, { recursive: true })
      await mkdir(folder)
      await prepare()
      const before = await readFile(file())
      await expect(open()).rejects.toThrow(new Error(`The store ${file()} cannot be opened: ${reason}.`))
      expect((await readFile(file())).equals(before)).toBe(true)
    }
  })

  it('design §5: a file of an earlier version is brought to the present shape, with everything that is in it', async () => {
    await prepared(await readFile(new URL('schema-1.sql', import.meta.url), 'utf8'))
    for (const life of [1, 2]) {
      const store = await open()
      const home = await store.homes.read(ALICE)
      expect([life, home.revision, home.next, partOf(home, COUNTER)]).toEqual([
        life,
        2,
        1_795_000_009_000,
        { count: 7 },
      ])
      expect(home.documents.get('org.cpm-xdms.profiles/work')).toEqual(entry('second', 1_795_000_002_000))
      expect(await store.homes.text('second')).toEqual(bytes('<profile>second</profile>'))
      expect([
        (await store.messages.byName('n1'))?.id,
        await store.messages.body('m1'),
        await store.journal.head(),
      ]).toEqual(['m1', bytes('body of m1'), 1])
      expect((await store.accounts.byUserName('alice'))?.account.role).toBe('user')
      expect(await store.metadata('realm', () => 'other')).toBe('example.com')
      await store.close()
    }
    const store = await open()
    await store.homes.commit(put(await store.homes.read(ALICE), 'work', 'third', 1))
    expect((await store.homes.versions(ALICE, 'org.cpm-xdms.profiles/work')).map(({ etag }) => etag)).toEqual([
      'second',
    ])
    expect((await store.reservations.take('s', 'n', ALICE)).owner).toBe('sip:alice@example.com')
    const database = await openDatabase(folder, file(), 0)
    expect(database.prepare('SELECT version FROM schema_versions ORDER BY version').all()).toEqual([
      { version: 1 },
      { version: 2 },
      { version: 3 },
      { version: 4 },
      { version: 5 },
      { version: 6 },
      { version: 7 },
      { version: 8 },
      { version: 9 },
    ])
    database.close()
  })

  it('api §Settings: a folder that cannot be had is refused with the reason', async () => {
    await writeFile(join(folder, 'plain'), '')
    await expect(open({ folder: join(folder, 'plain', 'data') })).rejects.toThrow(
      /^The store .*\/plain\/data\/xdms\.sqlite cannot be opened: ENOTDIR/,
    )
    await mkdir(file())
    await expect(open()).rejects.toThrow(/^The store .*\/xdms\.sqlite cannot be opened: EISDIR/)
    // Node's recursive mkdir never comes back from there.
    await expect(open({ folder: '/proc/none/data' })).rejects.toThrow(
      /^The store \/proc\/none\/data\/xdms\.sqlite cannot be opened: ENOENT/,
    )
  })
})

async function prepared(sql: string): Promise<void> {
  const database = await openDatabase(folder, file(), 0)
  database.exec(sql)
  database.close()
}
