import { describe, expect, it } from 'vitest'
import { emptyHome, type Commit } from '../../src/home/home.ts'
import type { Xui } from '../../src/names.ts'
import type { Retention, Store } from '../../src/store/store.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB, bytes, counted, entry, put } from './fixtures.ts'

const WORK = 'org.cpm-xdms.profiles/work'
const HOME = 'org.cpm-xdms.profiles/home'
const DAY = 86_400_000

async function write(store: Store, owner: Xui, name: string, tag: string, at = 0): Promise<void> {
  expect((await store.homes.commit(put(await store.homes.read(owner), name, tag, at))).kind).toBe('committed')
}

async function without(store: Store, owner: Xui, ...keys: readonly string[]): Promise<Commit> {
  const home = await store.homes.read(owner)
  const documents = new Map(home.documents)
  for (const key of keys) documents.delete(key)
  return { home: { ...home, documents } }
}

const tags = async ({ homes }: Store, owner: Xui, key: string): Promise<readonly string[]> =>
  (await homes.versions(owner, key)).map(({ etag }) => etag)
const isThere = async ({ homes }: Store, ...ids: readonly string[]): Promise<readonly boolean[]> =>
  Promise.all(ids.map(async (id) => (await homes.text(id)) !== undefined))

export function versionsContract(open: (retention?: Partial<Retention>) => Promise<Opened>): void {
  describe('versions', () => {
    it('X5: what a document was before is kept with its text, the newest first', async () => {
      const { store, clock, reopen } = await open()
      const began = clock.now()
      await write(store, ALICE, 'work', 'first', began - 5)
      expect(await store.homes.versions(ALICE, WORK)).toEqual([])
      clock.move(1_000)
      await write(store, ALICE, 'work', 'second', began + 900)
      clock.move(1_000)
      await write(store, ALICE, 'work', 'third', began + 1_900)
      for await (const life of beforeAndAfterReopening(store, reopen)) {
        expect(await life.homes.versions(ALICE, WORK)).toEqual([
          { ...entry('second', began + 900), replaced: began + 2_000 },
          { ...entry('first', began - 5), replaced: began + 1_000 },
        ])
        expect(await life.homes.text('first')).toEqual(bytes('<profile>first</profile>'))
        expect([await tags(life, ALICE, HOME), await tags(life, BOB, WORK)]).toEqual([[], []])
      }
    })

    it('X5: a document that is gone has versions, and keeps them when it comes back', async () => {
      const { store } = await open()
      await write(store, ALICE, 'work', 'first')
      await write(store, ALICE, 'home', 'other')
      await store.homes.commit(await without(store, ALICE, WORK))
      expect([await tags(store, ALICE, WORK), await tags(store, ALICE, HOME)]).toEqual([['first'], []])
      await write(store, ALICE, 'work', 'second')
      expect(await tags(store, ALICE, WORK)).toEqual(['first'])
      await write(store, ALICE, 'work', 'third')
      expect(await tags(store, ALICE, WORK)).toEqual(['second', 'first'])
    })

    it('X5: a commit that leaves a document as it is, or that is refused, makes no version', async () => {
      const { store, reopen } = await open()
      await write(store, ALICE, 'work', 'first')
      await store.homes.commit({ home: counted(await store.homes.read(ALICE), 1) })
      expect((await store.homes.commit(put({ ...emptyHome(ALICE), revision: 1 }, 'work', 'late', 0))).kind).toBe(
        'conflict',
      )
      const again = await reopen()
      await again.homes.commit({
        home: { ...(await again.homes.read(ALICE)), documents: new Map([[WORK, entry('first', 0)]]) },
      })
      expect(await tags(again, ALICE, WORK)).toEqual([])
    })

    it('X5: the oldest go when there are too many, with their texts; those that are kept keep theirs', async () => {
      const { store, clock } = await open()
      for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) {
        await write(store, ALICE, 'work', tag)
      }
      await write(store, BOB, 'work', 'of Bob')
      expect(await tags(store, ALICE, WORK)).toEqual(['e', 'd', 'c'])
      expect(await isThere(store, 'a', 'b', 'c', 'd', 'e', 'f')).toEqual([true, true, true, true, true, true])
      expect(await store.sweep()).toMatchObject({ texts: 0, versions: 0 })
      clock.move(599_999)
      expect((await store.sweep()).texts).toBe(0)
      clock.move(1)
      expect(await store.sweep()).toMatchObject({ texts: 2, versions: 0 })
      expect(await isThere(store, 'a', 'b', 'c', 'd', 'e', 'f', 'of Bob')).toEqual([
        false,
        false,
        true,
        true,
        true,
        true,
        true,
      ])
    })

    it('X5: of each document of each user the oldest go, however those of others lie between them', async () => {
      const { store, clock } = await open()
      for (const tag of ['a', 'b', 'c', 'd', 'e']) {
        await write(store, ALICE, 'work', `w-${tag}`)
        await write(store, BOB, 'work', `bob-${tag}`)
        if (tag < 'd') await write(store, ALICE, 'home', `h-${tag}`)
        if (tag === 'b') await store.sweep()
      }
      expect(await store.sweep()).toMatchObject({ texts: 0, versions: 0 })
      expect([await tags(store, ALICE, WORK), await tags(store, ALICE, HOME), await tags(store, BOB, WORK)]).toEqual([
        ['w-d', 'w-c', 'w-b'],
        ['h-b', 'h-a'],
        ['bob-d', 'bob-c', 'bob-b'],
      ])
      clock.move(600_000)
      expect((await store.sweep()).texts).toBe(2)
      expect(await isThere(store, 'w-a', 'bob-a', 'w-b', 'bob-b', 'h-a')).toEqual([false, false, true, true, true])
    })

    it('X5: a version goes when it is too old, and its text some time after it', async () => {
      const { store, clock } = await open()
      await write(store, ALICE, 'work', 'first')
      await write(store, ALICE, 'work', 'second')
      clock.move(DAY)
      await write(store, ALICE, 'work', 'third')
      clock.move(89 * DAY - 1)
      expect((await store.sweep()).versions).toBe(0)
      clock.move(1)
      expect(await store.sweep()).toMatchObject({ versions: 1, texts: 0 })
      expect(await tags(store, ALICE, WORK)).toEqual(['second'])
      expect(await isThere(store, 'first')).toEqual([true])
      clock.move(600_000)
      expect((await store.sweep()).texts).toBe(1)
      expect(await isThere(store, 'first', 'second', 'third')).toEqual([false, true, true])
    })

    it('X5: old versions of many documents go in one sweep, and new ones between them stay', async () => {
      const { store, clock } = await open({ version: DAY })
      const owners = Array.from({ length: 1_100 }, (_, at) => `sip:user-${at}@example.com` as Xui)
      const all = (from: number, tag: string): Promise<unknown> =>
        Promise.all(
          owners.flatMap((owner, at) => (at % 10 < from ? [] : [write(store, owner, 'work', `${tag}-${at}`)])),
        )
      await all(0, 'first')
      await all(1, 'second')
      clock.move(DAY)
      await all(0, 'third')
      expect((await store.sweep()).versions).toBe(990)
      expect([await tags(store, owners[0]!, WORK), await tags(store, owners[1]!, WORK)]).toEqual([
        ['first-0'],
        ['second-1'],
      ])
      expect((await store.sweep()).versions).toBe(0)
    })

    it('X5: a document written again and again does not make the store grow', async () => {
      const { store, clock } = await open()
      for (let at = 0; at < 258; at++) await write(store, ALICE, 'work', `tag-${at}`)
      expect(await tags(store, ALICE, WORK)).toEqual(['tag-256', 'tag-255', 'tag-254'])
      for (let at = 258; at < 1_000; at++) await write(store, ALICE, 'work', `tag-${at}`)
      expect(await tags(store, ALICE, WORK)).toEqual(['tag-998', 'tag-997', 'tag-996'])
      expect((await store.sweep()).texts).toBe(0)
      clock.move(600_000)
      expect((await store.sweep()).texts).toBe(996)
    })

    it('X5: a commit that forgets leaves no version in this home, at once, and no text when it was swept', async () => {
      const { store, clock } = await open()
      for (const tag of ['first', 'second']) await write(store, ALICE, 'work', tag)
      await write(store, ALICE, 'home', 'gone before')
      await store.homes.commit(await without(store, ALICE, HOME))
      for (const tag of ['of Bob', 'of Bob too']) await write(store, BOB, 'work', tag)
      await store.homes.commit({ ...(await without(store, ALICE, WORK)), forgetsVersions: true })
      expect([await tags(store, ALICE, WORK), await tags(store, ALICE, HOME), await tags(store, BOB, WORK)]).toEqual([
        [],
        [],
        ['of Bob'],
      ])
      clock.move(600_000)
      expect((await store.sweep()).texts).toBe(3)
      expect(await isThere(store, 'first', 'second', 'gone before', 'of Bob')).toEqual([false, false, false, true])
    })

    it('X5: a store that is to keep no versions drops what is replaced at once', async () => {
      const { store, clock } = await open({ versionsAtMost: 0 })
      for (const tag of ['first', 'second']) await write(store, ALICE, 'work', tag)
      expect(await tags(store, ALICE, WORK)).toEqual([])
      clock.move(600_000)
      expect((await store.sweep()).texts).toBe(1)
      expect(await isThere(store, 'first', 'second')).toEqual([false, true])
    })
  })
}
