/**
 * The past of one user, on a store that keeps: beyond a stated total his oldest versions go, whatever their documents
 * are called.
 */
import { describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import type { Retention, Store } from '../../src/store/store.ts'
import { ALICE, BOB, put } from './fixtures.ts'
import { cleanups } from './opened.ts'

/** The tags of what was written and deleted under a name of its own are the names. */
async function putAndDelete({ homes }: Store, owner: Xui, name: string): Promise<void> {
  await homes.commit(put(await homes.read(owner), name, name, 0))
  await homes.commit({ home: { ...(await homes.read(owner)), documents: new Map() } })
}

const names = Array.from({ length: 8 }, (_, at) => `name-${at}`)

export function versionBytesContract(title: string, open: (retention: Partial<Retention>) => Promise<Store>): void {
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
  })
}
