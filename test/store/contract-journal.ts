import { describe, expect, it } from 'vitest'
import { emptyHome } from '../../src/home/home.ts'
import type { Owner, Xui } from '../../src/names.ts'
import type { Store } from '../../src/store/store.ts'
import { beforeAndAfterReopening } from './before-and-after.ts'
import type { Opened } from './contract.ts'
import { ALICE, BOB, change, message, put } from './fixtures.ts'

const WEEK = 7 * 86_400_000

async function append(store: Store, owner: Owner, tag: string, at: number): Promise<void> {
  await store.homes.commit(put(await store.homes.read(owner), 'work', tag, at))
}

export function journalContract(open: () => Promise<Opened>): void {
  describe('the journal', () => {
    it('X19: positions count up from 1, entries keep the order of the commits and of each outbox', async () => {
      const { store, clock, reopen } = await open()
      expect([await store.journal.head(), await store.journal.tail(), await store.journal.read(0, 10)]).toEqual([
        0,
        0,
        [],
      ])
      const at = clock.now()
      await append(store, ALICE, 'a1', at)
      await append(store, BOB, 'b1', at)
      const state = { kind: 'state', doNotDisturb: true, until: at + 5, at } as const
      await store.homes.commit({
        home: await store.homes.read(ALICE),
        outbox: [
          { kind: 'journal', owner: ALICE, record: state },
          { kind: 'journal', owner: ALICE, record: { ...state, device: 'urn:x', doNotDisturb: false } },
        ],
      })
      for await (const { journal } of beforeAndAfterReopening(store, reopen)) {
        expect([await journal.head(), await journal.tail()]).toEqual([4, 0])
        expect(await journal.read(0, 10)).toEqual([
          { position: 1, owner: 'sip:alice@example.com', record: change('a1', at) },
          { position: 2, owner: 'sip:bob@example.com', record: change('b1', at) },
          {
            position: 3,
            owner: 'sip:alice@example.com',
            record: { kind: 'state', doNotDisturb: true, until: at + 5, at },
          },
          {
            position: 4,
            owner: 'sip:alice@example.com',
            record: { kind: 'state', device: 'urn:x', doNotDisturb: false, until: at + 5, at },
          },
        ])
        expect((await journal.read(1, 2)).map(({ position }) => position)).toEqual([2, 3])
        expect(await journal.read(4, 10)).toEqual([])
      }
    })

    it('X6: an owner limits what is read to one home and the global tree', async () => {
      const { store, clock } = await open()
      for (const [owner, tag] of [
        [ALICE, 'a1'],
        [BOB, 'b1'],
        [BOB, 'b2'],
        [ALICE, 'a2'],
        [BOB, 'b3'],
        ['global', 'g1'],
      ] as const)
        await append(store, owner, tag, clock.now())
      const positions = async (after: number, limit: number, owner: Xui) =>
        (await store.journal.read(after, limit, owner)).map(({ position }) => position)
      expect(await positions(0, 10, BOB)).toEqual([2, 3, 5, 6])
      expect(await positions(0, 2, BOB)).toEqual([2, 3])
      expect(await positions(3, 1, BOB)).toEqual([5])
      expect(await positions(1, 10, ALICE)).toEqual([4, 6])
      expect(await positions(0, 10, 'sip:nobody@example.com' as Xui)).toEqual([6])
    })

    it('INV-30: commits that come together, some of them refused, leave no gap', async () => {
      const { store, clock } = await open()
      await store.homes.commit({ home: emptyHome(ALICE), messages: [message('m', 'name')] })
      const commits = Array.from({ length: 64 }, (_, racer) => {
        const accepted = put(emptyHome(`sip:racer-${racer}@example.com` as Xui), 'work', `t${racer}`, clock.now())
        if (racer % 4 === 1) return { ...accepted, home: { ...accepted.home, revision: 9 } }
        if (racer % 4 === 2) return { ...accepted, messages: [message(`m${racer}`, 'name')] }
        return accepted
      })
      const outcomes = await Promise.all(commits.map((commit) => store.homes.commit(commit)))
      expect(
        ['committed', 'conflict', 'duplicate-message'].map(
          (kind) => outcomes.filter((outcome) => outcome.kind === kind).length,
        ),
      ).toEqual([32, 16, 16])
      const entries = await store.journal.read(0, 100)
      expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 32 }, (_, at) => at + 1))
      expect(new Set(entries.map(({ owner }) => owner)).size).toBe(32)
      expect(await store.journal.head()).toBe(32)
    })

    it('X19: what is older than the kept time leaves from the old end, and the tail says so', async () => {
      const { store, clock } = await open()
      await append(store, ALICE, 'a1', clock.now())
      await append(store, ALICE, 'a2', clock.now())
      clock.move(1_000)
      await append(store, BOB, 'b1', clock.now())
      clock.move(WEEK - 1_001)
      expect((await store.sweep()).journal).toBe(0)
      clock.move(1)
      expect((await store.sweep()).journal).toBe(2)
      expect([await store.journal.tail(), await store.journal.head()]).toEqual([2, 3])
      expect((await store.journal.read(0, 10)).map(({ position }) => position)).toEqual([3])
    })

    it('X19: an entry that a clock set back makes look old does not leave before those in front of it', async () => {
      const { store, clock } = await open()
      await append(store, ALICE, 'a1', clock.now())
      clock.moveTo(clock.now() - 86_400_000)
      await append(store, ALICE, 'a2', clock.now())
      clock.move(WEEK)
      expect((await store.sweep()).journal).toBe(0)
      clock.move(86_400_000)
      expect((await store.sweep()).journal).toBe(2)
    })

    it('INV-30: positions go on where they were when everything was swept and the store was opened again', async () => {
      const { store, clock, reopen } = await open()
      for (let at = 0; at < 450; at++) await append(store, ALICE, `a${at}`, clock.now())
      clock.move(WEEK)
      expect((await store.sweep()).journal).toBe(450)
      expect([await store.journal.tail(), await store.journal.head(), await store.journal.read(0, 9)]).toEqual([
        450,
        450,
        [],
      ])
      const again = await reopen()
      expect([await again.journal.tail(), await again.journal.head()]).toEqual([450, 450])
      await append(again, ALICE, 'next', clock.now())
      expect([await again.journal.tail(), await again.journal.head()]).toEqual([450, 451])
      expect((await again.journal.read(450, 9)).map(({ position }) => position)).toEqual([451])
    })

    it('X19: a listener hears of entries when they can be read, and not of commits without any', async () => {
      const { store, clock } = await open()
      const heads: Promise<number>[] = []
      const stop = store.journal.onAppend(() => heads.push(store.journal.head()))
      await append(store, ALICE, 'a1', clock.now())
      await store.homes.commit({ home: await store.homes.read(ALICE) })
      await append(store, ALICE, 'a2', clock.now())
      expect(await Promise.all(heads)).toEqual([1, 2])
      stop()
      await append(store, ALICE, 'a3', clock.now())
      expect(heads).toHaveLength(2)
    })
  })
}
