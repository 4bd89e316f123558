/** How many commands a commit is on MongoDB, and how many of them wait for each other. */
import type { MongoClient, MongoClientOptions } from 'mongodb'
import { beforeEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { emptyHome, partOf, withPart, type Commit, type Home, type Part } from '../../src/home/home.ts'
import type { Store } from '../../src/store/store.ts'
import type { TestDatabase } from '../servers/mongodb.ts'
import { withAtomicDatabase, withTestDatabase } from '../servers/suite.ts'
import { ALICE, BOB, message, put } from './fixtures.ts'
import { databaseOfEachTest } from './mongodb-databases.ts'
import { watchCommands, type Watch } from './mongodb-watched.ts'

/** Those that the store opens tell what they ask; outside of tests none does. */
const opened = vi.hoisted(() => [] as MongoClient[])
vi.mock('mongodb', async (importActual) => {
  const actual = await importActual<typeof import('mongodb')>()
  class Watched extends actual.MongoClient {
    constructor(url: string, options: MongoClientOptions = {}) {
      super(url, { ...options, monitorCommands: true })
      opened.push(this)
    }
  }
  return { ...actual, MongoClient: Watched }
})

/** One that does nothing on its own. */
const STILL = { now: systemClock.now, at: () => () => {} }
const QUEUE: Part<readonly { readonly id: string; readonly text: string }[]> = { name: 'queue', empty: [] }
const entries = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `m${at}`, text: 'of the entry '.repeat(30) }))

interface Counted {
  /** Until the commit is acknowledged. */
  readonly asked: readonly string[]
  readonly inARow: number
  readonly behind: readonly string[]
}

type Counts = Readonly<Record<'put' | 'arrival' | 'acknowledgement', Counted>>

function suite(database: TestDatabase): void {
  const counts = database.kind === 'ferretdb' ? INSERTING : REPLACING
  const { open, collection } = databaseOfEachTest(database)
  let store: Store
  let watch: Watch
  beforeEach(async () => {
    opened.length = 0
    store = await open({ clock: STILL })
    // As many connections as a commit wants at once: to open one is no round trip of a commit.
    await Promise.all(entries(8).map(() => store.homes.read(ALICE)))
    watch = watchCommands(opened)
  })

  async function commit(wanted: Commit): Promise<Home> {
    const outcome = await store.homes.commit(wanted)
    if (outcome.kind !== 'committed') throw new Error(outcome.kind)
    return outcome.home
  }
  const quiet = async (): Promise<void> => {
    await vi.waitFor(async () => expect(await collection('homes').countDocuments({ pending: true })).toBe(0))
    await vi.waitFor(async () => expect(await collection('attempts').countDocuments()).toBe(0))
  }

  async function expectCounts(wanted: Commit, { asked, inARow, behind }: Counted): Promise<Home> {
    await quiet()
    watch.begin()
    const home = await commit(wanted)
    // The last that it waited for; what came behind it was on its way when it was acknowledged.
    const until = watch.commands.slice(0, asked.length)
    expect(until.map(({ name }) => name)).toEqual(asked)
    expect(Math.max(...until.map(({ depth }) => depth))).toBe(inARow)
    await vi.waitFor(() =>
      expect(watch.commands.map(({ name }) => name).toSorted()).toEqual([...asked, ...behind].toSorted()),
    )
    return home
  }

  it('design §5: a document that takes the place of another is so many commands, and so many round trips in a row', async () => {
    const first = await commit(put(emptyHome(ALICE), 'work', 'a1', 1))
    const second = await expectCounts(put(first, 'work', 'a2', 2), counts.put)
    await expectCounts(put(second, 'work', 'a3', 3), counts.put)
  })

  it('design §5: so is a message that arrives', async () => {
    let home = await commit({ home: withPart(emptyHome(ALICE), QUEUE, entries(3)) })
    for (const count of [4, 5]) {
      const wanted = withPart(home, QUEUE, entries(count))
      home = await expectCounts({ home: wanted, messages: [message(`m${count}`, `n${count}`)] }, counts.arrival)
    }
  })

  it('design §5: so is a message that is acknowledged', async () => {
    const messages = [message('m0', 'n0'), message('m1', 'n1')]
    let home = await commit({ home: withPart(emptyHome(ALICE), QUEUE, entries(2)), messages })
    for (const [at, { id }] of messages.entries()) {
      const outbox = [{ kind: 'message', id, value: { state: 'delivered' }, sweepAt: 9 }] as const
      const wanted = { home: withPart(home, QUEUE, entries(2).slice(at + 1)), outbox, unneeded: [id] }
      home = await expectCounts(wanted, counts.acknowledgement)
    }
  })

  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
  /**
   * What sixteen changes write and read, one after the other, each of the home as it is read, with what is done behind
   * it: bytes of the greatest.
   */
  async function mostOf(change: (home: Home, at: number) => Commit): Promise<{ written: number; read: number }> {
    const written: number[] = []
    const read: number[] = []
    for (let at = 0; at < 16; at++) {
      await quiet()
      watch.begin()
      await commit(change(await store.homes.read(ALICE), at))
      await quiet()
      written.push(sum(watch.commands.map(({ name, bytes }) => (name.startsWith('find') ? 0 : bytes))))
      read.push(sum(watch.commands.map(({ answered }) => answered)))
    }
    return { written: Math.max(...written), read: Math.max(...read) }
  }
  async function waiting(count: number): Promise<Home> {
    const revived = await store.homes.read(ALICE)
    const messages = count === 0 ? [] : [message(`first ${count}`, `first ${count}`)]
    return await commit({ home: withPart(revived, QUEUE, entries(count)), messages })
  }
  const arrival = (home: Home, at: number): Commit => {
    const count = partOf(home, QUEUE).length + 1
    const list = [...partOf(home, QUEUE), entries(count).at(-1)!]
    return { home: withPart(home, QUEUE, list), messages: [message(`m${count}`, `${home.revision} ${at}`)] }
  }

  it('INV-8: an arrival writes and reads as much with 1,000 waiting as with 10', async () => {
    await waiting(10)
    const few = await mostOf(arrival)
    await waiting(1_000)
    const many = await mostOf(arrival)
    if (process.env['PRINT_COST'] !== undefined) console.log(database.name, 'an arrival', { few, many })
    expect(many.written).toBeLessThan(few.written * 1.5)
    expect(many.written).toBeLessThan(15_000)
    expect(many.read).toBeLessThan(4_000)
  })

  it('INV-8: where two servers take arrivals in turn, each reads what came since and not all that waits', async () => {
    await waiting(1_000)
    const before = opened.length
    const other = await open({ clock: STILL })
    const others = watchCommands(opened.slice(before))
    const read: number[] = []
    for (let at = 0; at < 20; at++) {
      await commit(arrival(await store.homes.read(ALICE), at))
      await quiet()
      others.begin()
      const home = await other.homes.read(ALICE)
      read.push(sum(others.commands.map(({ answered }) => answered)))
      expect((await other.homes.commit(arrival(home, at))).kind).toBe('committed')
    }
    const [first = 0, ...then] = read
    const most = Math.max(...then)
    if (process.env['PRINT_COST'] !== undefined) console.log(database.name, 'in turn', { first, most })
    // All of it once, by a server that has just begun.
    expect(first).toBeGreaterThan(300_000)
    expect(most).toBeLessThan(15_000)
  })

  it('INV-8: an arrival at a server that has just begun reads none of those that wait, and is as many commands', async () => {
    const counting = (count: number) => ({ totals: { part: QUEUE.name, value: () => ({ count }) } })
    for (const count of [10, 1_000]) {
      const home = await store.homes.read(ALICE)
      await commit({ home: withPart(home, QUEUE, entries(count)), ...counting(count) })
      await quiet()
      const before = opened.length
      const other = await open({ clock: STILL })
      await Promise.all(entries(8).map(() => other.homes.read(BOB)))
      watch = watchCommands(opened.slice(before))
      const short = await other.homes.readWithout!(ALICE, QUEUE.name)
      const read = sum(watch.commands.map(({ answered }) => answered))
      const isLong = count === 1_000
      expect([short.without, short.totals]).toEqual(isLong ? [QUEUE.name, { count }] : [undefined, undefined])
      watch.begin()
      const last = entries(count + 1).at(-1)!
      const wanted = isLong
        ? { home: short, behind: [last] }
        : { home: withPart(short, QUEUE, [...partOf(short, QUEUE), last]) }
      const messages = [message(`new ${count}`, `new ${count}`)]
      expect((await other.homes.commit({ ...wanted, messages, ...counting(count + 1) })).kind).toBe('committed')
      expect(watch.commands.slice(0, counts.arrival.asked.length).map(({ name }) => name)).toEqual(counts.arrival.asked)
      if (process.env['PRINT_COST'] !== undefined) console.log(database.name, 'just begun', { count, read })
      expect(read).toBeLessThan(15_000)
      await quiet()
      expect(partOf(await store.homes.read(ALICE), QUEUE)).toEqual(entries(count + 1))
    }
  })

  it.each([
    ['the oldest', () => 0],
    ['one anywhere', (count: number, at: number) => (at * 617) % count],
  ] as const)('INV-8: so does an acknowledgement of %s', async (whose, which) => {
    const acknowledgement = (home: Home, at: number): Commit => {
      const list = partOf(home, QUEUE)
      const { id } = list[which(list.length, at)]!
      const outbox = [{ kind: 'message', id, value: { state: 'delivered' }, sweepAt: 9 }] as const
      return {
        home: withPart(
          home,
          QUEUE,
          list.filter((one) => one.id !== id),
        ),
        outbox,
        unneeded: [id],
      }
    }
    await waiting(1_000)
    const most = await mostOf(acknowledgement)
    if (process.env['PRINT_COST'] !== undefined) console.log(database.name, 'an acknowledgement of', whose, most)
    expect(most.written).toBeLessThan(10_000)
  })

  it('INV-8, design §5: one that is the sixteenth is as many commands, and so is one that takes the place of many', async () => {
    const first = await expectCounts(arrival(await waiting(15), 0), counts.arrival)
    const rest = withPart(first, QUEUE, partOf(first, QUEUE).slice(10))
    const next = await commit({ home: rest, unneeded: ['m0'] })
    const many = [...partOf(next, QUEUE), ...entries(26).slice(16)]
    const behind = [...counts.arrival.behind, 'delete bodies']
    await expectCounts(
      { home: withPart(next, QUEUE, many), messages: [message('another', 'another')] },
      { ...counts.arrival, behind },
    )
  })

  it('INV-8: where all that waits is changed at once, what follows is as small as before', async () => {
    const home = await waiting(1_000)
    const released = partOf(home, QUEUE).map((one) => ({ ...one, text: one.text.toUpperCase() }))
    await commit({ home: withPart(home, QUEUE, released) })
    const most = await mostOf(arrival)
    expect(most.written).toBeLessThan(15_000)
    await quiet()
    // 1,016 are 63 pages, and eight that stand in the home.
    expect(await collection('bodies').countDocuments({ _id: /:/ })).toBe(63)
  })
}

/** Where updates are atomic. */
const REPLACING: Counts = {
  put: {
    asked: ['insert texts', 'insert attempts', 'update homes', 'insert versions', 'insert journal'],
    inARow: 3,
    behind: ['delete attempts', 'update homes'],
  },
  arrival: {
    asked: ['insert bodies', 'insert names', 'insert attempts', 'update homes', 'insert records'],
    inARow: 3,
    behind: ['delete attempts', 'update homes'],
  },
  acknowledgement: {
    asked: ['update homes', 'update records', 'delete bodies'],
    inARow: 3,
    behind: ['update homes'],
  },
}
/** FerretDB: a state is inserted, and the one before it removed. */
const INSERTING: Counts = {
  put: {
    asked: ['insert texts', 'insert attempts', 'insert homes', 'find homes', 'insert versions', 'insert journal'],
    inARow: 4,
    behind: ['delete attempts', 'delete homes', 'update homes'],
  },
  arrival: {
    asked: ['insert bodies', 'insert names', 'insert attempts', 'insert homes', 'find homes', 'insert records'],
    inARow: 4,
    behind: ['delete attempts', 'delete homes', 'update homes'],
  },
  acknowledgement: {
    asked: ['insert homes', 'find homes', 'find records', 'insert records', 'delete records', 'delete bodies'],
    inARow: 6,
    behind: ['delete homes', 'update homes'],
  },
}

await withAtomicDatabase(suite)
await withTestDatabase(suite)
