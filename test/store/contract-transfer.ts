import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { documentKey, emptyHome } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import type { Store } from '../../src/store/store.ts'
import { begin, exportTo, importFrom } from '../../src/store/move.ts'
import type { ImportMark, Item } from '../../src/store/transfer.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { fill, fillMany, told } from './filled.ts'
import { account, ALICE, BOB, bytes, CAROL, counted, message, put } from './fixtures.ts'
import { createHandClock } from './hand-clock.ts'
import { createMemoryStore, type MemoryStore } from './memory.ts'

const WORK = documentKey('org.cpm-xdms.profiles', 'work')
const MARK: ImportMark = { import: 'sha', file: '/tmp/file' }
const LATE = 'sip:zoe@example.com' as Xui
const quiet = (): void => {}

async function itemsOf({ transfer }: Store): Promise<readonly Item[]> {
  const snapshot = await transfer.snapshot()
  const items: Item[] = []
  for await (const item of snapshot.items()) items.push(plain(item))
  await snapshot.close()
  return items
}

/** Bytes are bytes, whatever a driver keeps them in. */
function plain(item: Item): Item {
  if (item.kind === 'text') return { ...item, bytes: Uint8Array.from(item.bytes) }
  if (item.kind !== 'message' || item.body === undefined) return item
  return { ...item, body: Uint8Array.from(item.body) }
}

export function transferContract(open: () => Promise<Opened>): void {
  describe('transfer', () => {
    let folder = ''
    let files = 0
    beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'xdms-transfer-'))))
    afterEach(() => rm(folder, { recursive: true }))

    async function move(from: Store, to: Store): Promise<string> {
      const file = join(folder, `file-${(files += 1)}`)
      const out = await exportTo(file, from, 0, quiet)
      const into = await importFrom(file, to, quiet)
      expect(into).toEqual(out)
      return into.content
    }

    /** The oracle, filled, and this store with the same in it. */
    async function moved(): Promise<Opened & { readonly oracle: MemoryStore }> {
      const opened = await open()
      const oracle = createMemoryStore({ clock: opened.clock, retention: { versionsAtMost: 3 } })
      await fill(oracle, opened.clock)
      await move(oracle, opened.store)
      return { ...opened, oracle }
    }

    it('design §4: everything that a store keeps moves out of it, and into another one', async () => {
      const { store, clock, reopen } = await open()
      await fill(store, clock)
      const before = await told(store)
      const oracle = createMemoryStore({ clock, retention: { versionsAtMost: 3 } })
      const content = await move(store, oracle)
      expect(await told(oracle)).toEqual(before)
      const other = await open()
      other.clock.moveTo(clock.now())
      expect(await move(oracle, other.store)).toBe(content)
      for await (const life of beforeAndAfterReopening(other.store, other.reopen))
        expect(await told(life)).toEqual(before)
      expect(await told(await reopen())).toEqual(before)
    })

    it('design §4: what a store that was moved gives out is the same as what another kind of store gives out, to the byte', async () => {
      const { store, oracle } = await moved()
      expect(await itemsOf(store)).toEqual(await itemsOf(oracle))
      expect((await itemsOf(store)).filter(({ kind }) => kind === 'head')).toEqual([{ kind: 'head', position: 14 }])
      expect(await store.journal.tail()).toBe(1)
    })

    it('INV-26, D1: behind a move, who has an ETag or a name from before goes on: revisions, ETags, message names and positions are the same', async () => {
      const { store, clock } = await moved()
      const { homes, journal, messages } = store
      const home = await homes.read(ALICE)
      expect([home.revision, home.documents.get(WORK)?.etag]).toEqual([13, 'a6'])
      expect((await homes.commit({ home: { ...home, revision: 12 } })).kind).toBe('conflict')
      expect(await homes.commit({ home: emptyHome(CAROL), messages: [message('m9', 'bob/alice/1')] })).toEqual({
        kind: 'duplicate-message',
      })
      expect((await homes.commit(put(home, 'work', 'a7', clock.now()))).kind).toBe('committed')
      expect((await journal.read(12, 10)).map(({ position, owner }) => [position, owner])).toEqual([
        [13, 'global'],
        [14, 'sip:alice@example.com'],
        [15, 'sip:alice@example.com'],
      ])
      expect((await homes.versions(ALICE, WORK)).map(({ etag }) => etag)).toEqual(['a6', 'a5', 'a4'])
      await homes.commit({
        home: await homes.read(ALICE),
        outbox: [{ kind: 'message', id: 'm1', value: { state: 'delivered' } }],
      })
      expect((await messages.byName('bob/alice/1'))?.value).toEqual({ state: 'delivered' })
    })

    it('X5, D11: behind a move, what is to be swept goes at its time, and nothing else', async () => {
      const { store, oracle, clock } = await moved()
      for (const [milliseconds, swept] of [
        [0, 0],
        [29_999, 0],
        [1, 1],
        [600_000, 0],
        [7 * 86_400_000, 0],
      ] as const) {
        clock.move(milliseconds)
        const both = [await store.sweep(), await oracle.sweep()]
        expect(both[0]).toEqual(both[1])
        expect(both[0]?.messages).toBe(swept)
        expect(await told(store)).toEqual(await told(oracle))
      }
      expect([await store.homes.text('a1'), await store.homes.text('a4'), await store.journal.tail()]).toEqual([
        undefined,
        bytes('<profile>a4</profile>'),
        14,
      ])
    })

    it('design §4: behind a move, a void reservation is taken over and a confirmed one is not', async () => {
      const {
        store: { reservations },
      } = await moved()
      const held = await reservations.list(undefined, 10)
      expect(held.map(({ name, owner, age }) => [name, owner, age])).toEqual([
        ['sip:list@example.com', 'sip:bob@example.com', 30_000],
        ['sip:void@example.com', 'sip:carol@example.com', 0],
      ])
      expect(await reservations.takeOver('rls-services', 'sip:void@example.com', held[1]!.version, ALICE)).toBe(true)
      expect((await reservations.take('rls-services', 'sip:void@example.com', BOB)).owner).toBe('sip:alice@example.com')
    })

    it('design §4: a journal of which everything was swept goes on behind its last position', async () => {
      const oracle = createMemoryStore({ clock: createHandClock(0) })
      await oracle.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 0))
      await oracle.homes.commit(put(await oracle.homes.read(ALICE), 'work', 'a2', 0))
      const later = createMemoryStore({ clock: createHandClock(0) })
      await move(oracle, later)
      const { store, clock } = await open()
      await importFrom(join(folder, `file-${files}`), store, quiet)
      clock.move(30 * 86_400_000)
      await store.sweep()
      expect([await store.journal.tail(), await store.journal.head()]).toEqual([2, 2])
      const other = await open()
      await move(store, other.store)
      expect([
        await other.store.journal.tail(),
        await other.store.journal.head(),
        await other.store.journal.read(0, 10),
      ]).toEqual([2, 2, []])
      await other.store.homes.commit(put(await other.store.homes.read(ALICE), 'work', 'a3', 0))
      expect((await other.store.journal.read(0, 10)).map(({ position }) => position)).toEqual([3])
    })

    it('design §4: a snapshot is of one moment, whoever writes meanwhile, or says that it is not', async () => {
      const { store } = await open()
      await fillMany(store, 600)
      const snapshot = await store.transfer.snapshot()
      const homes: Item[] = []
      for await (const item of snapshot.items()) {
        // Behind all others, so that a reader who goes on comes by.
        if (homes.length === 0 && item.kind === 'home')
          await store.homes.commit(put(emptyHome(LATE), 'work', 'late', 1))
        if (item.kind === 'home') homes.push(item)
      }
      const isOfOneMoment = homes.length === 600 && homes.every((item) => item.kind === 'home' && item.owner !== LATE)
      expect(isOfOneMoment || !(await snapshot.isOfOneMoment())).toBe(true)
      expect(snapshot.counts).toMatchObject({ home: 600, text: 600, journal: 600, kept: 1, head: 1, account: 0 })
      await snapshot.close()
    }, 60_000)

    it('design §4: a snapshot of which nobody disturbed the taking is of one moment', async () => {
      const { store } = await open()
      await fillMany(store, 3)
      const snapshot = await store.transfer.snapshot()
      for await (const _ of snapshot.items());
      expect(await snapshot.isOfOneMoment()).toBe(true)
      await snapshot.close()
    })

    it('design §4: whatever changes while a snapshot is taken, it is of one moment or says that it is not', async () => {
      const { store, clock } = await open()
      await fill(store, clock)
      const { version } = (await store.reservations.list(undefined, 10))[1]!
      const changes: readonly (() => Promise<unknown>)[] = [
        async () => await store.homes.commit({ home: await store.homes.read(ALICE) }),
        async () => await store.homes.commit({ home: counted(await store.homes.read(CAROL), 1) }),
        () => store.accounts.put(account(BOB, 'user', 'sip:bob@example.com', 'robert')),
        () =>
          store.accounts.put({
            ...account(BOB, 'user'),
            credentials: [{ userName: 'robert', md5: 'other', sha256: 'other' }],
          }),
        () => store.accounts.remove(BOB),
        () => store.metadata('another', () => 'value'),
        () => store.reservations.release('rls-services', 'sip:void@example.com', version),
        () => store.reservations.take('rls-services', 'sip:list@example.com', BOB),
        async () => (clock.move(600_000), await store.sweep()),
        async () => (clock.move(7 * 86_400_000), await store.sweep()),
      ]
      for (const change of changes) {
        const before = await itemsOf(store)
        const snapshot = await store.transfer.snapshot()
        await change()
        const items: Item[] = []
        for await (const item of snapshot.items()) items.push(plain(item))
        const after = await itemsOf(store)
        if (await snapshot.isOfOneMoment()) expect([before, after]).toContainEqual(items)
        await snapshot.close()
        expect(after).not.toEqual(before)
      }
    })

    it('INV-29: an import is begun in an empty store only, and once; its mark stays until it is complete', async () => {
      const { store, reopen } = await open()
      expect(await store.transfer.unfinished()).toBeUndefined()
      expect(await begin(store.transfer, MARK)).toEqual(MARK)
      expect(await begin(store.transfer, { import: 'other', file: '/tmp/other' })).toEqual(MARK)
      expect(await store.transfer.write([{ kind: 'kept', name: 'realm', value: 'example.com' }], MARK)).toBe(true)
      const { transfer, metadata } = await reopen()
      expect(await transfer.unfinished()).toEqual(MARK)
      expect(await begin(transfer, MARK)).toEqual(MARK)
      await transfer.mark(MARK, undefined)
      expect(await transfer.unfinished()).toBeUndefined()
      expect(await begin(transfer, MARK)).toBeUndefined()
      expect(await transfer.unfinished()).toBeUndefined()
      expect(await metadata('realm', () => 'other')).toBe('example.com')
    })

    it('INV-29: a store in which there is anything is left as it was', async () => {
      const fillings: readonly ((store: Store) => Promise<unknown>)[] = [
        (store) => store.metadata('realm', () => 'example.com'),
        (store) => store.accounts.put(account(ALICE, 'user', 'alice')),
        (store) => store.homes.commit({ home: emptyHome(ALICE) }),
        (store) => store.reservations.take('s', 'n', ALICE),
      ]
      for (const filling of fillings) {
        const { store } = await open()
        await filling(store)
        const before = await itemsOf(store)
        expect(await begin(store.transfer, MARK)).toBeUndefined()
        expect(await store.transfer.unfinished()).toBeUndefined()
        expect(await itemsOf(store)).toEqual(before)
      }
    })

    it('INV-29: who imports what another has begun, or has finished meanwhile, is told so and writes nothing', async () => {
      const { store } = await open()
      await begin(store.transfer, MARK)
      const kept = (value: string): readonly Item[] => [{ kind: 'kept', name: 'realm', value }]
      const OTHER = { import: 'other', file: '/tmp/other' }
      expect(await store.transfer.write(kept('first'), MARK)).toBe(true)
      expect(await store.transfer.write(kept('second'), OTHER)).toBe(false)
      await store.transfer.mark(OTHER, undefined)
      expect(await store.transfer.unfinished()).toEqual(MARK)
      await store.transfer.mark(MARK, undefined)
      expect(await store.transfer.write(kept('third'), MARK)).toBe(false)
      expect(await store.metadata('realm', () => 'fourth')).toBe('first')
    })

    it('INV-29: what was written already may be written again', async () => {
      const { store, clock } = await open()
      const oracle = createMemoryStore({ clock })
      await fill(oracle, clock)
      const items = await itemsOf(oracle)
      await begin(store.transfer, MARK)
      for (const _ of [1, 2]) expect(await store.transfer.write(items, MARK)).toBe(true)
      expect(await itemsOf(store)).toEqual(items)
    })
  })
}
