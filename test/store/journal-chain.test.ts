/** The journal of one home in the default store: entries that know each other, in place of an index. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Owner } from '../../src/names.ts'
import { exportTo, importFrom } from '../../src/store/move.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore, type SqliteOptions } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { ALICE, BOB, change } from './fixtures.ts'
import { createHandClock } from './hand-clock.ts'
import { cleanups } from './opened.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
  cleanups.push(() => rm(folder, { recursive: true }))
})

async function open(options: Partial<SqliteOptions> = {}): Promise<Store> {
  const store = await openSqliteStore({ folder, clock: systemClock, ...options })
  cleanups.push(store.close)
  return store
}

/** The file, with this done to it. */
async function prepared(sql: string): Promise<void> {
  const database = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  try {
    database.exec(sql)
  } finally {
    database.close()
  }
}

describe('the journal of one home', () => {
  const owners = [ALICE, BOB, 'global'] as const
  const append = async ({ homes }: Store, owner: Owner, times = 1): Promise<void> => {
    const home = await homes.read(owner)
    const outbox = Array.from(
      { length: times },
      (_, at) => ({ kind: 'journal', owner, record: change(`${at}`, at) }) as const,
    )
    expect((await homes.commit({ home, outbox })).kind).toBe('committed')
  }
  const positions = async ({ journal }: Store, after: number, limit: number, owner?: Owner) =>
    (await journal.read(after, limit, owner)).map(({ position }) => position)

  /** Each home's entries are those that are found when all are read, from wherever they are read on. */
  async function expectAll(store: Store): Promise<void> {
    const all = await store.journal.read(0, 10_000)
    for (const owner of owners) {
      const own = all.filter((entry) => entry.owner === owner || entry.owner === 'global')
      for (const after of [0, 1, 127, 128, 129, 255, 256, 257, 300, 511, 512, 700, 899, 900]) {
        const behind = own.filter(({ position }) => position > after)
        expect(await store.journal.read(after, 10_000, owner)).toEqual(behind)
        expect(await store.journal.read(after, 3, owner)).toEqual(behind.slice(0, 3))
      }
    }
    expect(await store.damage()).toEqual([])
    const other = await openDatabase(dirname(store.path), store.path, 1_000)
    // Nobody walks along more to begin somewhere.
    const longest = 'SELECT max(count) AS longest FROM (SELECT count(*) AS count FROM journal GROUP BY owner, far)'
    expect(other.prepare(longest).get()).toEqual({ longest: 128 })
    other.close()
  }

  async function entries(store: Store): Promise<void> {
    await append(store, 'global')
    for (let at = 0; at < 30; at++) {
      await append(store, ALICE, 20)
      await append(store, BOB, 1 + (at % 9))
      if (at % 10 === 0) await append(store, 'global', at)
    }
    await append(store, ALICE, 120)
  }

  it('X6: is read on from anywhere, however much came since, also where its old end was swept', async () => {
    const clock = createHandClock()
    const store = await open({ clock })
    await entries(store)
    await expectAll(store)
    const head = await store.journal.head()
    clock.move(1)
    await append(store, BOB, 300)
    clock.move(7 * 86_400_000 - 1)
    expect((await store.sweep()).journal).toBe(head)
    expect((await positions(store, 0, 1_000, BOB)).length).toBe(300)
    expect(await positions(store, 0, 2, BOB)).toEqual([head + 1, head + 2])
    await append(store, ALICE)
    expect(await positions(store, 0, 1_000, ALICE)).toEqual([head + 301])
    await expectAll(store)
  })

  it('X6: is read on from anywhere behind a move into another store', async () => {
    const from = await open()
    await entries(from)
    const into = await open({ folder: join(folder, 'other') })
    await exportTo(join(folder, 'moved'), from, 0, () => {})
    await importFrom(join(folder, 'moved'), into, () => {})
    await append(into, ALICE, 200)
    await append(into, BOB)
    await expectAll(into)
  })

  it('X6: of a file of an earlier version is read on from anywhere, and nobody adds to it in the old way', async () => {
    await prepared(await readFile(new URL('schema-1.sql', import.meta.url), 'utf8'))
    const old = 'INSERT INTO journal (at, owner, record) VALUES (1, \'%\', \'{"kind":"subscription","at":1}\')'
    await prepared("INSERT INTO homes VALUES ('sip:bob@example.com', 1, NULL), ('global', 1, NULL)")
    for (let at = 0; at < 500; at++) await prepared(old.replace('%', owners[at % 7 === 0 ? 2 : at % 3 === 0 ? 1 : 0]!))
    await prepared('DELETE FROM journal WHERE position > 499')
    const store = await open()
    expect(await store.journal.head()).toBe(501)
    await append(store, ALICE, 300)
    await append(store, BOB, 200)
    await expectAll(store)
    await expect(prepared(old.replace('%', ALICE))).rejects.toThrow('NOT NULL constraint failed: journal.previous')
  })

  it('INV-28: an entry that is not found by its owner is told where damage is looked for', async () => {
    const store = await open()
    for (let at = 0; at < 3; at++) await append(store, ALICE)
    await append(store, BOB, 2)
    await prepared(
      'UPDATE journal SET previous = 0 WHERE position = 3; UPDATE homes SET journal_last = 4 WHERE journal_last = 5',
    )
    expect(await store.damage()).toEqual([
      'the entry 2 of the journal is not found by its owner',
      'the entry 5 of the journal is not found by its owner',
    ])
  })
})
