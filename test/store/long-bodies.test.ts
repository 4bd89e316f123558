/** Bodies that the default store writes and reads in pieces, so that nobody waits for the whole of one. */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyHome, type NewMessage } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import { openDatabase } from '../../src/store/sqlite/driver.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'
import { countRounds } from '../rounds-counted.ts'
import { ALICE, BOB, message, put } from './fixtures.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'

/** As long as a message may be. */
const LONG = Buffer.alloc(10_000_000, 'a body that is not the same everywhere, ')

let folder: string
let clock: HandClock
let store: Store

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
  clock = createHandClock()
  store = await openSqliteStore({ folder, clock })
})

afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const long = (id: string, name = id): NewMessage => ({ ...message(id, name), body: Buffer.from(LONG) })

/** Pieces, and bodies that have some. */
async function rows(): Promise<unknown> {
  const other = await openDatabase(folder, join(folder, 'xdms.sqlite'), 1_000)
  const count =
    'SELECT (SELECT count(*) FROM body_pieces) AS pieces, (SELECT count(*) FROM long_bodies) AS long, ' +
    '(SELECT count(*) FROM bodies) AS short'
  const found = other.prepare(count).get()
  other.close()
  return found
}

it('HOST-S1: a body of 10 MB is written in pieces of 2 MiB, and others are written between them', async () => {
  const before = store.figures().transactions
  const order: string[] = []
  const sent = store.homes.commit({ home: emptyHome(ALICE), messages: [long('m1')] }).then(() => order.push('message'))
  for (let at = 0; at < 4; at++) {
    const home = emptyHome(`sip:racer-${at}@example.com` as Xui)
    await store.homes.commit(put(home, 'work', `tag-${at}`, at))
    order.push('document')
  }
  await sent
  expect(order).toEqual(['document', 'document', 'document', 'document', 'message'])
  // Five pieces, of which four were written with a document each, and the commit.
  expect(store.figures().transactions - before).toBe(6)
  expect(await rows()).toEqual({ pieces: 5, long: 1, short: 0 })
})

it('HOST-S1: a body of 10 MB is read in five rounds, and is what was sent, after a restart too', async () => {
  await store.homes.commit({ home: emptyHome(ALICE), messages: [long('m1')] })
  await store.close()
  store = await openSqliteStore({ folder, clock })
  const rounds = countRounds()
  const body = await store.messages.body('m1')
  const count = rounds.count()
  rounds.stop()
  expect(count).toBeGreaterThanOrEqual(5)
  expect(LONG.equals(body ?? Buffer.alloc(0))).toBe(true)
})

it('HOST-S1: what is large leaves the log a little at a time', async () => {
  for (let n = 0; n < 4; n++)
    await store.homes.commit({ home: await store.homes.read(ALICE), messages: [long(`m${n}`)] })
  // 16 MB of it, where it was written back only once it was long.
  expect((await stat(join(folder, 'xdms.sqlite-wal'))).size).toBeLessThan(5_000_000)
})

it('INV-14: the pieces go with the message, when nobody needs its body and when its record goes', async () => {
  await store.homes.commit({ home: emptyHome(ALICE), messages: [long('m1'), long('m2')] })
  await store.homes.commit({ home: await store.homes.read(ALICE), unneeded: ['m1'] })
  expect(await store.messages.body('m1')).toBeUndefined()
  expect(await rows()).toEqual({ pieces: 5, long: 1, short: 0 })
  await store.homes.commit({
    home: await store.homes.read(ALICE),
    outbox: [{ kind: 'message', id: 'm2', value: {}, sweepAt: clock.now() }],
  })
  await store.sweep()
  expect(await rows()).toEqual({ pieces: 0, long: 0, short: 0 })
})

it('design §4: a commit that is tried again behind a conflict writes its body once', async () => {
  const stale = emptyHome(ALICE)
  await store.homes.commit(put(stale, 'work', 'tag', 1))
  const body = Buffer.from(LONG)
  expect(await store.homes.commit({ home: stale, messages: [{ ...long('m1', 'name'), body }] })).toEqual({
    kind: 'conflict',
  })
  const before = store.figures().transactions
  const again = { home: await store.homes.read(ALICE), messages: [{ ...long('m2', 'name'), body }] }
  expect((await store.homes.commit(again)).kind).toBe('committed')
  expect(store.figures().transactions - before).toBe(1)
  expect(await rows()).toEqual({ pieces: 5, long: 1, short: 0 })
  // Another message may have the same bytes.
  const other = { home: emptyHome(BOB), messages: [{ ...long('m3', 'other name'), body }] }
  expect((await store.homes.commit(other)).kind).toBe('committed')
  expect(LONG.equals((await store.messages.body('m2')) ?? Buffer.alloc(0))).toBe(true)
  expect(LONG.equals((await store.messages.body('m3')) ?? Buffer.alloc(0))).toBe(true)
})

it('HOST-S9: a body whose message never came is gone after an hour, and one whose name is taken at once', async () => {
  await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m1', 'name')] })
  const home = await store.homes.read(ALICE)
  expect(await store.homes.commit({ home, messages: [long('m2', 'name')] })).toEqual({ kind: 'duplicate-message' })
  expect(await rows()).toEqual({ pieces: 0, long: 0, short: 1 })
  const late = { home: emptyHome(ALICE), messages: [long('m3')] }
  expect(await store.homes.commit(late)).toEqual({ kind: 'conflict' })
  clock.move(3_599_999)
  await store.sweep()
  expect(await rows()).toEqual({ pieces: 5, long: 1, short: 1 })
  clock.move(1)
  await store.sweep()
  expect(await rows()).toEqual({ pieces: 0, long: 0, short: 1 })
  // Who comes with it after that comes again: it is written anew then.
  const again = { ...late, home: await store.homes.read(ALICE) }
  await expect(store.homes.commit(again)).rejects.toMatchObject({ refusal: { kind: 'unavailable', retryAfter: 1 } })
  expect((await store.homes.commit(again)).kind).toBe('committed')
  expect(LONG.equals((await store.messages.body('m3')) ?? Buffer.alloc(0))).toBe(true)
})

it('INV-14: a body in pieces is whole in an export', async () => {
  await store.homes.commit({ home: emptyHome(ALICE), messages: [long('m1'), message('m2', 'short')] })
  const snapshot = await store.transfer.snapshot()
  const bodies: unknown[] = []
  for await (const item of snapshot.items())
    if (item.kind === 'message') bodies.push([item.id, item.body !== undefined && LONG.equals(item.body)])
  await snapshot.close()
  expect(bodies).toEqual([
    ['m1', true],
    ['m2', false],
  ])
})
