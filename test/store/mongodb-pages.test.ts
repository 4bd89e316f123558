/** Long lists of a home, where several servers write them or one died (`pages.ts`). */
import { expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { emptyHome, partOf, withPart, type Home, type Part } from '../../src/home/home.ts'
import type { TestDatabase } from '../servers/mongodb.ts'
import { withAtomicDatabase, withTestDatabase } from '../servers/suite.ts'
import { ALICE } from './fixtures.ts'
import { databaseOfEachTest, later, UNHURRIED_MS, upTo } from './mongodb-databases.ts'

interface Entry {
  readonly id: string
  readonly text: string
}
const QUEUE: Part<readonly Entry[]> = { name: 'queue', empty: [] }
const entry = (id: string): Entry => ({ id, text: `of ${id}` })
const entries = (count: number): Entry[] => upTo(count).map((at) => entry(`m${at}`))
const withEntries = (home: Home, list: readonly Entry[]): Home => withPart(home, QUEUE, list)

const suite = (server: TestDatabase): void => {
  const { collection, open } = databaseOfEachTest(server)
  const pages = async (): Promise<readonly string[]> =>
    (await collection('bodies').find().toArray()).map(({ _id }) => String(_id))

  it('INV-26: of 16 who commit a long list at one revision one wins, and of the others no page stays', async () => {
    const [one, two] = [await open({ waitMs: UNHURRIED_MS }), await open({ waitMs: UNHURRIED_MS })]
    const outcomes = await Promise.all(
      upTo(16).map((at) => [one, two][at % 2]!.homes.commit({ home: withEntries(emptyHome(ALICE), entries(at + 40)) })),
    )
    const winner = outcomes.findIndex(({ kind }) => kind === 'committed')
    expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1)
    for (const { homes } of [one, two]) expect(partOf(await homes.read(ALICE), QUEUE)).toEqual(entries(winner + 41))
    await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0))
    expect(await pages()).toHaveLength(Math.floor((winner + 41) / 16))
  })

  it('INV-2, INV-26: what two servers make of a long list in turn is what each of them reads, and what is in no list any more goes', async () => {
    const both = [await open({ waitMs: UNHURRIED_MS }), await open({ waitMs: UNHURRIED_MS })] as const
    let expected: readonly Entry[] = entries(100)
    await both[0].homes.commit({ home: withEntries(emptyHome(ALICE), expected) })
    for (const turn of upTo(40)) {
      const { homes } = both[turn % 2]!
      const home = await homes.read(ALICE)
      const before = partOf(home, QUEUE)
      expect(before).toEqual(expected)
      const after = [
        ...before
          .filter((_, at) => (at * 7 + turn) % 9 !== 0)
          .map((one, at) => ((at + turn) % 13 === 0 ? { ...one, text: `${one.text} ${turn}` } : one)),
        ...entries(turn % 4 === 0 ? 20 : 3).map(({ id }) => entry(`${turn} ${id}`)),
      ]
      // Now and then bodies go with it, so no page is made.
      const unneeded = turn % 3 === 0 ? { unneeded: ['a'] } : {}
      expect((await homes.commit({ home: withEntries(home, after), ...unneeded })).kind).toBe('committed')
      expected = after
    }
    const { homes } = both[0]
    await homes.commit({ home: withEntries(await homes.read(ALICE), []) })
    await vi.waitFor(async () => expect(await pages()).toEqual([]))
    await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0))
  })

  it('INV-2, INV-8: what one server puts behind a list that it did not read, and another makes of all of it, is what each reads', async () => {
    const both = [await open({ waitMs: UNHURRIED_MS }), await open({ waitMs: UNHURRIED_MS })] as const
    let expected: readonly Entry[] = entries(100)
    const saying = (list: readonly Entry[]) => ({
      totals: { part: QUEUE.name, value: () => ({ count: list.length, last: list.at(-1)!.id }) },
    })
    await both[0].homes.commit({ home: withEntries(emptyHome(ALICE), expected), ...saying(expected) })
    for (const turn of upTo(40)) {
      // The second one never reads it, and comes twice before the first one does, in whose memory it is.
      const { homes } = both[turn % 4 < 2 ? 1 : 0]!
      if (turn % 4 === 3) {
        const home = await homes.read(ALICE)
        expect(partOf(home, QUEUE)).toEqual(expected)
        expected = [...expected.filter((_, at) => (at * 7 + turn) % 5 !== 0), entry(`whole ${turn}`)]
        await homes.commit({ home: withEntries(home, expected), ...saying(expected) })
        continue
      }
      const home = await homes.readWithout!(ALICE, QUEUE.name)
      if (home.without !== undefined) {
        expect(home.totals).toEqual({ count: expected.length, last: expected.at(-1)!.id })
        expect(home.parts.has(QUEUE.name)).toBe(false)
      } else expect(partOf(home, QUEUE)).toEqual(expected)
      const behind = entries(turn % 5 === 0 ? 37 : 2).map(({ id }) => entry(`${turn} ${id}`))
      expected = [...expected, ...behind]
      // Now and then bodies go with it, so no page is made.
      const more = { ...saying(expected), ...(turn % 6 === 1 ? { unneeded: ['a'] } : {}) }
      const wanted = home.without === undefined ? { home: withEntries(home, expected) } : { home, behind }
      const outcome = await homes.commit({ ...wanted, ...more })
      expect(outcome).toMatchObject({ kind: 'committed', home: { revision: home.revision + 1 } })
    }
    const fresh = await open({ waitMs: UNHURRIED_MS })
    const short = await fresh.homes.readWithout!(ALICE, QUEUE.name)
    expect([short.without, short.totals]).toEqual([QUEUE.name, { count: expected.length, last: expected.at(-1)!.id }])
    for (const { homes } of [fresh, ...both]) expect(partOf(await homes.read(ALICE), QUEUE)).toEqual(expected)
    // Read whole meanwhile, and without a word of what it is then.
    expect((await fresh.homes.commit({ home: short, behind: [entry('last')] })).kind).toBe('committed')
    expected = [...expected, entry('last')]
    for (const { homes } of [fresh, ...both]) expect(partOf(await homes.read(ALICE), QUEUE)).toEqual(expected)
    const another = await open({ waitMs: UNHURRIED_MS })
    const shorter = await another.homes.readWithout!(ALICE, QUEUE.name)
    expect([shorter.without, shorter.totals]).toEqual([QUEUE.name, undefined])
    expect((await another.homes.commit({ home: shorter, behind: [entry('more')], ...saying(expected) })).kind).toBe(
      'committed',
    )
    const more = await another.homes.readWithout!(ALICE, QUEUE.name)
    await another.homes.commit({ home: more, behind: [entry('and more')] })
    expect((await another.homes.readWithout!(ALICE, QUEUE.name)).totals).toBeUndefined()
    const whole = await both[0].homes.read(ALICE)
    expect(partOf(whole, QUEUE)).toEqual([...expected, entry('more'), entry('and more')])
    // Somebody else takes all of it out first.
    const late = await another.homes.readWithout!(ALICE, QUEUE.name)
    expect((await both[0].homes.commit({ home: withEntries(whole, []) })).kind).toBe('committed')
    expect(await another.homes.commit({ home: late, behind: [entry('late')] })).toEqual({ kind: 'conflict' })
    await vi.waitFor(async () => expect(await pages()).toEqual([]))
    await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0))
  })

  it('INV-14: pages of a commit that never came to be are swept, and those that a dead server’s last one gave up go', async () => {
    const store = await open({ clock: later(1_200_000) })
    await store.homes.commit({ home: withEntries(emptyHome(ALICE), entries(20)) })
    const [present] = await pages()
    const page = (await collection('bodies').findOne())!
    for (const _id of ['dead:0:0', 'given up']) await collection('bodies').insertOne({ ...page, _id })
    const attempt = { _id: 'dead', owner: ALICE, revision: 2, texts: [], bodies: ['dead:0:0'], at: systemClock.now() }
    await collection('attempts').insertOne(attempt as { _id: string })
    const outbox = JSON.stringify([{ id: 'gone:0', kind: 'pages', pages: ['given up'] }])
    await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0))
    await collection('homes').updateOne({ key: ALICE } as object, { $set: { outbox, pending: true } })
    const other = await open({ clock: later(1_200_000) })
    await vi.waitFor(async () => expect(await pages()).not.toContain('given up'))
    await other.sweep()
    expect(await pages()).toEqual([present])
    expect(partOf(await other.homes.read(ALICE), QUEUE)).toEqual(entries(20))
  })
}

await withAtomicDatabase(suite)
await withTestDatabase(suite)
