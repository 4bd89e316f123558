/** The store on MongoDB where something is wrong with the way to the database, or with the database. */
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { emptyHome, partOf, withPart } from '../../src/home/home.ts'
import { openMongoStore } from '../../src/store/mongodb/open.ts'
import { openProxy } from '../servers/proxy.ts'
import { withTestDatabase } from '../servers/suite.ts'
import { ALICE, BOB, counted, COUNTER, put, WAITING, waitsUntil } from './fixtures.ts'
import { databaseOfEachTest, later, positionsOf, upTo } from './mongodb-databases.ts'

const DAY = 86_400_000

await withTestDatabase((server) => {
  const { stores, present, collection, open } = databaseOfEachTest(server)

  describe('what is too large', () => {
    it('INV-25: a home that could not be kept any more takes nothing new, and what is there can still change and end', async () => {
      const store = await open()
      const large = withPart(emptyHome(ALICE), WAITING, ['x'.repeat(8_400_000)])
      await expect(store.homes.commit(put(large, 'work', 'a1', 1))).rejects.toMatchObject({
        refusal: { kind: 'over-quota' },
      })
      expect((await store.homes.commit({ home: large })).kind).toBe('committed')
      const there = await store.homes.read(ALICE)
      await expect(store.homes.commit(put(there, 'work', 'a2', 2))).rejects.toMatchObject({
        refusal: { kind: 'over-quota' },
      })
      expect((await store.homes.commit({ home: withPart(there, WAITING, []) })).kind).toBe('committed')
      expect((await store.homes.commit(put(await store.homes.read(ALICE), 'work', 'a3', 3))).kind).toBe('committed')
    })
  })

  describe('connections that are cut', () => {
    it('INV-29: a commit of which the answer was lost is settled, and made once', async () => {
      const target = new URL(present().url)
      const proxy = await openProxy(Number(target.port))
      const store = await open({ url: server.url(present().name, proxy.port) })
      for (let round = 1; round <= 12; round++) {
        const home = await store.homes.read(ALICE)
        expect(home.revision).toBe(round - 1)
        const cuts = proxy.cuts()
        const making = store.homes.commit(put(counted(home, round), 'work', `t${round}`, round))
        // Somewhere in the middle: another command each time.
        for (let turn = 0; turn < round; turn++) await new Promise(setImmediate)
        proxy.become({ kind: 'cut', side: round % 2 === 0 ? 'reply' : 'command', behind: () => 0 })
        await Promise.race([
          vi.waitFor(() => expect(proxy.cuts()).toBeGreaterThan(cuts), { timeout: 5_000, interval: 1 }),
          making,
        ]).catch(() => {})
        proxy.become({ kind: 'pass' })
        const outcome = await making.catch((error: unknown) => error)
        const revision = (await vi.waitFor(() => store.homes.read(ALICE), { timeout: 10_000 })).revision
        if ((outcome as { kind?: string }).kind === 'committed') expect(revision).toBe(round)
        else expect(outcome).toMatchObject({ refusal: { kind: 'unavailable' } })
        // Refused: made or not, and whoever asks finds out; then it is made again.
        if (revision < round)
          await vi.waitFor(
            async () =>
              expect(
                (
                  await store.homes.commit(
                    put(counted(await store.homes.read(ALICE), round), 'work', `again${round}`, round),
                  )
                ).kind,
              ).toBe('committed'),
            { timeout: 10_000 },
          )
      }
      const calm = await open()
      await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0), {
        timeout: 15_000,
      })
      expect([(await calm.homes.read(ALICE)).revision, partOf(await calm.homes.read(ALICE), COUNTER).count]).toEqual([
        12, 12,
      ])
      expect(await positionsOf(calm)).toEqual(upTo(12))
      await stores.shift()!.close()
      await proxy.close()
    })

    it('HOST-R1: while the database cannot be reached everything is refused within 2.5 s, and behind that goes on', async () => {
      const proxy = await openProxy(Number(new URL(present().url).port))
      const store = await open({ url: server.url(present().name, proxy.port) })
      await store.homes.commit(put(emptyHome(ALICE), 'work', 'a1', 1))
      const home = await store.homes.read(ALICE)
      for (const kind of ['refuse', 'swallow'] as const) {
        proxy.become({ kind })
        const began = performance.now()
        const outcomes = await Promise.allSettled([
          store.homes.read(ALICE),
          store.homes.commit({ home }),
          store.journal.head(),
          store.ready(),
          store.accounts.find(ALICE),
        ])
        expect(performance.now() - began).toBeLessThan(2_500)
        for (const outcome of outcomes)
          expect(outcome).toMatchObject({
            status: 'rejected',
            reason: { refusal: { kind: 'unavailable', retryAfter: 1 } },
          })
        proxy.become({ kind: 'pass' })
        await vi.waitFor(() => store.ready(), { timeout: 5_000, interval: 50 })
      }
      await stores.shift()!.close()
      await proxy.close()
    })
  })

  describe('the database', () => {
    it('design §4: one that lost an index, of a newer version, or of another program is refused with the reason', async () => {
      const refused = (reason: string) =>
        expect(openMongoStore({ url: present().url, clock: systemClock })).rejects.toThrow(
          new RegExp(`^The store mongodb://127\\.0\\.0\\.1:\\d+/${present().name} cannot be opened: ${reason}\\.$`),
        )
      await collection('birds').insertOne({ _id: 'robin' })
      await refused('it is a database of another program')
      await collection('birds').drop()
      await (await open()).close()
      await collection('homes').dropIndex('key_revision')
      await refused('its collection homes lacks the index key_revision')
      await collection('homes').createIndex({ key: 1, revision: 1 }, { name: 'key_revision', unique: true })
      await collection('schema').insertOne({ _id: 99 })
      await refused(
        'it was written by a newer version of this program \\(its schema has number 99, this program knows 5\\)',
      )
    })

    it('design §4: servers that start at once on an empty database make one', async () => {
      const all = await Promise.all(upTo(3).map(() => open()))
      await all[0]!.homes.commit(waitsUntil(ALICE, 1))
      expect(await Promise.all(all.map((store) => store.homes.earliest()))).toEqual([1, 1, 1])
      expect(await collection('schema').countDocuments()).toBe(5)
    })

    it('design §4: an address where nobody is, and one that is none, are refused in one line without the password', async () => {
      const cases: readonly [string, RegExp][] = [
        [
          'mongodb://admin:s%40cret@127.0.0.1:1/db',
          /^The store mongodb:\/\/admin@127\.0\.0\.1:1\/db cannot be opened: .*ECONNREFUSED.*\.$/,
        ],
        ['mongodb://admin:s%40cret@', /^The store mongodb:\/\/admin@\/cpm_xdms cannot be opened: .*\.$/],
        [
          'postgres://admin:s%40cret@127.0.0.1',
          /^The store whose address does not begin with mongodb:\/\/ cannot be opened: .*\.$/,
        ],
      ]
      for (const [url, text] of cases) {
        const trouble = await openMongoStore({ url, clock: systemClock }).catch((error: Error) => error.message)
        expect(trouble).toMatch(text)
        expect(trouble).not.toMatch(/s(?:@|%40)cret|\n/)
      }
    })

    it('RFC 4826 §4.4.5: what is left of a name that was given back goes after a day', async () => {
      const store = await open()
      const { version } = await store.reservations.take('lists', 'n', ALICE)
      expect(await store.reservations.release('lists', 'n', version)).toBe(true)
      await store.sweep()
      expect(await collection('reservations').countDocuments()).toBe(1)
      await (await open({ clock: later(DAY) })).sweep()
      expect(await collection('reservations').countDocuments()).toBe(0)
      expect((await store.reservations.take('lists', 'n', BOB)).owner).toBe('sip:bob@example.com')
    })
  })
})
