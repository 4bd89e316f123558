/** SQLite's log: no file is put anywhere without what is in its own, nor beside another one's. */
import { mkdtemp, open as openFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { emptyHome } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import { restore } from '../../src/store/backup.ts'
import { exportTo } from '../../src/store/move.ts'
import type { StoreOptions } from '../../src/store/open.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { copyStore } from '../../src/store/sqlite/file.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { DEFAULT_RETENTION, type Store } from '../../src/store/store.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { counted } from './fixtures.ts'

const EXPECTED = { waitingIn: () => [], xml: DEFAULT_XML_LIMITS }
type Root = { readonly page: number }
const quiet = (): void => {}

let folder: string
let stores: Store[] = []
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'xdms-backup-'))))
afterEach(async () => {
  for (const store of stores) await store.close()
  stores = []
  await rm(folder, { recursive: true })
})

async function filled(name: string): Promise<Store> {
  const store = await openSqliteStore({ folder: join(folder, name), clock: systemClock })
  stores.push(store)
  for (let at = 0; at < 30; at++)
    await store.homes.commit({ home: counted(emptyHome(`sip:user-${at}@example.com` as Xui), at) })
  return store
}

const optionsFor = (name: string): StoreOptions => ({
  url: undefined,
  folder: join(folder, name),
  clock: systemClock,
  random: systemRandomness,
  retention: DEFAULT_RETENTION,
  waitMs: 1_000,
  onTrouble: quiet,
})

async function exported(): Promise<string> {
  const file = join(folder, 'xdms.ndjson')
  await exportTo(file, await filled('from'), 0, quiet)
  return file
}

const logBytes = async ({ path }: Store): Promise<number> => (await stat(`${path}-wal`).catch(() => ({ size: 0 }))).size

it('INV-29: an export that is restored is the store it was taken of', async () => {
  const restored = await restore(await exported(), optionsFor('to'), EXPECTED, false, quiet)
  expect(restored.counts).toMatchObject({ home: 30 })
  const store = await openSqliteStore({ folder: join(folder, 'to'), clock: systemClock })
  stores.push(store)
  const snapshot = await store.transfer.snapshot()
  await snapshot.close()
  expect(snapshot.counts).toMatchObject({ home: 30 })
})

it('INV-29: a log that a lost store left is not read into the one that is restored', async () => {
  const file = await exported()
  const lost = join(folder, 'to', 'xdms.sqlite')
  const made = await openDatabase(join(folder, 'to'), lost, 0)
  made.close()
  await rm(lost)
  await writeFile(`${lost}-wal`, 'what another file had')
  await restore(file, optionsFor('to'), EXPECTED, false, quiet)
  const left = (await readdir(join(folder, 'to'))).map((name) => name.replace(/before-.*Z/, 'before-THEN'))
  expect(left.sort()).toEqual(['xdms.sqlite', 'xdms.sqlite.before-THEN-wal'])
})

it('design §5: who has read a store holds its log no longer: a snapshot, one that was left in between, a check and a copy', async () => {
  const store = await filled('from')
  const whole = await store.transfer.snapshot()
  for await (const _ of whole.items());
  await whole.close()
  const left = await store.transfer.snapshot()
  for await (const item of left.items()) if (item.kind === 'home') break
  await left.close()
  expect(await store.damage()).toEqual([])
  await copyStore(store.path, join(folder, 'copy.sqlite'), quiet)
  expect(await logBytes(store)).toBeGreaterThan(0)
  await store.close()
  expect(await logBytes(store)).toBe(0)
})

it('design §5: a snapshot that ends at a damaged page holds no log', async () => {
  const { path, close } = await filled('from')
  await close()
  const reader = await openDatabase(join(folder, 'from'), path, 1_000)
  const { page } = reader.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'trail'").get() as Root
  const { page_size: size } = reader.prepare('PRAGMA page_size').get() as { readonly page_size: number }
  reader.close()
  const file = await openFile(path, 'r+')
  await file.write(Buffer.alloc(size, 0xff), 0, size, (page - 1) * size)
  await file.close()
  const store = await openSqliteStore({ folder: join(folder, 'from'), clock: systemClock })
  stores.push(store)
  await expect(store.transfer.snapshot()).rejects.toThrow()
  await store.metadata('realm', () => 'example.com')
  expect(await logBytes(store)).toBeGreaterThan(0)
  await store.close()
  expect(await logBytes(store)).toBe(0)
})
