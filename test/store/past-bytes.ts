/**
 * The past of one user, on a store that keeps: beyond a stated total of each kind his oldest goes, whatever it is
 * called.
 */
import { describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import type { Retention, Store } from '../../src/store/store.ts'
import { emptyHome } from '../../src/home/home.ts'
import { ALICE, BOB, change, message, put } from './fixtures.ts'
import { cleanups } from './opened.ts'

/** The tags of what was written and deleted under a name of its own are the names. */
async function putAndDelete({ homes }: Store, owner: Xui, name: string): Promise<void> {
  await homes.commit(put(await homes.read(owner), name, name, 0))
  await homes.commit({ home: { ...(await homes.read(owner)), documents: new Map() } })
}

/** Of each change that is told here. */
const recordBytes = JSON.stringify(change('name-1', 0)).length

const names = Array.from({ length: 8 }, (_, at) => `name-${at}`)

export function pastBytesContract(title: string, open: (retention: Partial<Retention>) => Promise<Store>): void {
  describe(title, () => {
    it('HOST-S7: who puts and deletes under ever new names keeps the newest versions within the total', async () => {
      // A tag has 6 bytes, and its version 512 more: three fit.
      const store = await open({ versionBytesAtMost: 3 * 518 })
      cleanups.push(store.close)
      await putAndDelete(store, BOB, 'bobs-1')
      for (const name of names) await putAndDelete(store, ALICE, name)
      await store.sweep()
      const left = async (owner: Xui, name: string) =>
        (await store.homes.versions(owner, `org.cpm-xdms.profiles/${name}`)).map(({ etag }) => etag)
      expect((await Promise.all(names.map((name) => left(ALICE, name)))).flat()).toEqual(['name-5', 'name-6', 'name-7'])
      expect(await left(BOB, 'bobs-1')).toEqual(['bobs-1'])
    })

    it('HOST-S7: replaced texts beyond the total go before their time, the oldest first, and nobody else’s', async () => {
      // Each text counts 6 bytes and 512 more: three fit.
      const store = await open({ versionsAtMost: 0, droppedBytesAtMost: 3 * 518 })
      cleanups.push(store.close)
      await putAndDelete(store, BOB, 'bobs-1')
      for (const name of names) await putAndDelete(store, ALICE, name)
      await store.sweep()
      const left = await Promise.all(['bobs-1', ...names].map((name) => store.homes.text(name)))
      expect(left.map((text) => text !== undefined)).toEqual([true, ...[0, 0, 0, 0, 0, 1, 1, 1].map(Boolean)])
    })

    it('HOST-S7: records of ended messages beyond the total go, the first that ended first; what is needed stays', async () => {
      // Each value has 49 characters and counts 512 more: three fit.
      const store = await open({ endedBytesAtMost: 3 * 561 })
      cleanups.push(store.close)
      const { homes, messages } = store
      const far = Date.now() + 86_400_000
      const copied = message('copied', 'copied', far)
      await homes.commit({
        home: emptyHome(ALICE),
        messages: [copied, message('waits', 'waits'), ...names.map((name) => message(name, name))],
      })
      for (const [at, name] of names.entries()) {
        const outbox = [{ kind: 'message', id: name, value: message(name, name).value, sweepAt: far + at } as const]
        await homes.commit({ home: await homes.read(ALICE), outbox, unneeded: [name] })
      }
      const left = await Promise.all(['copied', 'waits', ...names].map((id) => messages.byId(id)))
      expect(left.map((record) => record?.id)).toEqual([
        ...['copied', 'waits', undefined, undefined, undefined, undefined, undefined],
        ...['name-5', 'name-6', 'name-7'],
      ])
      expect(await messages.byName('name-4')).toBeUndefined()
      expect((await messages.byName('name-5'))?.id).toBe('name-5')
      expect(await messages.body('copied')).toEqual(copied.body)
    })

    it('HOST-S7: of who changes too much the oldest changes go; who had not read them is told, and nobody else', async () => {
      const store = await open({ journalBytesAtMost: 3 * (recordBytes + 256) })
      cleanups.push(store.close)
      const { homes, journal } = store
      await homes.commit(put(await homes.read(BOB), 'work', 'bobs-1', 0))
      for (const name of names) await homes.commit(put(await homes.read(ALICE), 'work', name, 0))
      await store.sweep()
      expect((await journal.read(0, 20)).map(({ position }) => position)).toEqual([1, 7, 8, 9])
      expect((await journal.read(0, 20, ALICE)).map(({ position }) => position)).toEqual([7, 8, 9])
      expect([await journal.tail(), await journal.tail(ALICE), await journal.tail(BOB)]).toEqual([6, 6, 0])
      expect(await journal.head()).toBe(9)
    })
  })
}
