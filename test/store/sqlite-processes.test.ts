/** Several processes on one file, and processes that are killed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { partOf } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { trials } from '../trials.ts'
import { account, ALICE, BOB, bytes, COUNTER } from './fixtures.ts'

let folder: string
const children: ChildProcess[] = []
const stores: Store[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const store of stores.splice(0)) await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function open(): Promise<Store> {
  const store = await openSqliteStore({ folder, clock: systemClock })
  stores.push(store)
  return store
}

function writer(...words: string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'writer.ts'), folder, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
}

it('api §Settings: what another process writes holds at once, and is told within a second', async () => {
  const store = await open()
  const heard: string[] = []
  store.homes.onCommit((owner, next) => heard.push(`commit ${owner} ${next}`))
  store.journal.onAppend(() => heard.push('append'))
  store.accounts.onChange(() => heard.push('accounts'))
  await store.accounts.put(account(BOB, 'participating-function', 'bob'))
  expect((await store.accounts.byUserName('bob'))?.account.role).toBe('participating-function')
  heard.length = 0
  await ended(writer('account'))
  expect((await store.accounts.byUserName('bob'))?.account.role).toBe('user')
  await vi.waitFor(
    () => expect(heard).toEqual(expect.arrayContaining(['append', 'accounts', 'commit undefined undefined'])),
    { timeout: 1_000, interval: 10 },
  )
})

it('INV-26: four processes that start at once on a new folder and add 50 each add 200', async () => {
  await Promise.all(Array.from({ length: 4 }, () => ended(writer('count', '50'))))
  const home = await (await open()).homes.read(ALICE)
  expect([partOf(home, COUNTER).count, home.revision]).toEqual([200, 200])
})

it('INV-28: a home that another process is writing is never read torn', async () => {
  const store = await open()
  const child = writer('loop', '1')
  await once(createInterface(child.stdout!), 'line')
  const owner = 'sip:owner-0@example.com' as Xui
  const seen = new Set<number>()
  while (seen.size < 100) {
    const home = await store.homes.read(owner)
    const document = home.documents.get('org.cpm-xdms.profiles/work')!
    expect([partOf(home, COUNTER).count, document.etag]).toEqual([home.revision, `${owner}-${home.revision}`])
    expect(await store.homes.text(document.text)).toEqual(bytes(`<profile>${owner}-${home.revision}</profile>`))
    seen.add(home.revision)
    await new Promise(setImmediate)
  }
})

/** mulberry32: the same moments in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function killAfter(mode: string, count: number, acknowledged: Map<string, number>): Promise<void> {
  const child = writer(mode, '8')
  let left = count
  for await (const line of createInterface(child.stdout!)) {
    const [owner = '', revision] = line.split(' ')
    acknowledged.set(owner, Number(revision))
    // Lines already on their way are read to the end: they are acknowledged too.
    if (--left === 0) child.kill('SIGKILL')
  }
}

async function mustBeWhole(store: Store, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  let commits = 0
  for (const [owner, revision] of acknowledged as ReadonlyMap<Xui, number>) {
    const home = await store.homes.read(owner)
    // One more may have become durable without anybody having been told.
    expect(home.revision - revision).toBeOneOf([0, 1])
    expect(partOf(home, COUNTER).count).toBe(home.revision)
    expect(home.documents.get('org.cpm-xdms.profiles/work')?.etag).toBe(`${owner}-${home.revision}`)
    expect(
      (await store.journal.read(0, 1_000_000, owner)).map(({ record }) => 'newEtag' in record && record.newEtag),
    ).toEqual(Array.from({ length: home.revision }, (_, at) => `${owner}-${at + 1}`))
    for (let at = 1; at <= home.revision; at++) {
      const tag = `${owner}-${at}`
      const [text, record, body] = await Promise.all([
        store.homes.text(tag),
        store.messages.byName(tag),
        store.messages.body(tag),
      ])
      expect([text, record?.id, body]).toEqual([bytes(`<profile>${tag}</profile>`), tag, bytes(`body of ${tag}`)])
    }
    expect(await store.homes.text(`${owner}-${home.revision + 1}`)).toBeUndefined()
    expect(await store.messages.byName(`${owner}-${home.revision + 1}`)).toBeUndefined()
    commits += home.revision
  }
  expect(await store.journal.head()).toBe(commits)
  expect((await store.journal.read(0, 1_000_000)).map(({ position }) => position)).toEqual(
    Array.from({ length: commits }, (_, at) => at + 1),
  )
}

async function killAgainAndAgain(mode: string, kills: number, commits: number): Promise<void> {
  const random = seeded(20_261_121)
  const acknowledged = new Map<string, number>()
  for (let kill = 0; kill < kills; kill++) {
    await killAfter(mode, 8 + Math.floor(random() * commits), acknowledged)
    const database = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
    const store = await openSqliteStore({ folder, clock: systemClock })
    await mustBeWhole(store, acknowledged)
    await store.close()
  }
  expect(acknowledged.size).toBe(8)
}

it(
  'INV-1, INV-2 and INV-14: killed again and again in the middle of writing, everything acknowledged is there, and whole',
  () => killAgainAndAgain('loop', trials(10, 3), 300),
  120_000,
)

it(
  'INV-1, INV-c14: killed again and again, most likely in a checkpoint, everything acknowledged is there, and whole',
  () => killAgainAndAgain('checkpointed', trials(5, 2), 60),
  120_000,
)

it.each([
  [2, 'behind the beginning'],
  [5, 'between two steps'],
  [10, 'before it is committed'],
])('INV-c15: killed at statement %i of a migration, %s: the next start does all of it', async (statement) => {
  const earlier = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  earlier.exec('PRAGMA journal_mode = WAL')
  earlier.exec(await readFile(new URL('schema-1.sql', import.meta.url), 'utf8'))
  earlier.close()
  const migrating = [join(import.meta.dirname, 'migrating.ts'), folder, String(statement)]
  const child = spawn(process.execPath, ['--import', 'tsx', ...migrating], { stdio: 'inherit' })
  children.push(child)
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
  const half = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  const versions = half.prepare('SELECT version FROM schema_versions')
  expect(versions.all()).toEqual([{ version: 1 }])
  const store = await open()
  expect(versions.all()).toHaveLength(9)
  half.close()
  const home = await store.homes.read(ALICE)
  expect([home.revision, partOf(home, COUNTER)]).toEqual([2, { count: 7 }])
  expect(await store.messages.body('m1')).toEqual(bytes('body of m1'))
})
