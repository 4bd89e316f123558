/**
 * A home in MongoDB behind whose commits nothing is cleaned up: its outbox is full of what is only late. The database
 * is one document, and what goes out of it goes when the test says so.
 */
import type { Collection } from 'mongodb'
import { expect, it } from 'vitest'
import { emptyHome, type Committed } from '../../src/home/home.ts'
import { createBackgroundTasks } from '../../src/store/mongodb/background-tasks.ts'
import type { AttemptDocument, BytesDocument, HomeLink } from '../../src/store/mongodb/collections.ts'
import { createDeadlines } from '../../src/store/mongodb/deadlines.ts'
import { createHomes } from '../../src/store/mongodb/homes.ts'
import { NOTHING_STAGED } from '../../src/store/mongodb/staged-writes.ts'
import { ALICE, bytes, change } from './fixtures.ts'
import { createHandClock } from './hand-clock.ts'

const attempt = (at: number) => ({ id: `before:${at}`, kind: 'attempt', commit: `before ${at}` })
const attempts = (count: number): readonly object[] => Array.from({ length: count }, (_, at) => attempt(at))

function storeWith(outbox: readonly object[]) {
  const clock = createHandClock()
  let link: HomeLink = {
    _id: `${ALICE} 1`,
    key: ALICE,
    revision: 7,
    commit: 'c7',
    trail: [],
    state: JSON.stringify({ documents: [], parts: [] }),
    outbox: JSON.stringify(outbox),
    pending: true,
    forgot: 0,
  }
  let cleaned = (): void => {}
  const removing = new Promise<void>((resolve) => (cleaned = resolve))
  const collections = {
    homes: {
      find: () => ({ sort: () => ({ toArray: async () => [link] }) }),
      replaceOne: async (_: unknown, instead: HomeLink) => {
        link = instead
        return { matchedCount: 1 }
      },
      updateOne: async () => {},
    } as unknown as Collection<HomeLink>,
    attempts: { deleteOne: () => removing, deleteMany: () => removing } as unknown as Collection<AttemptDocument>,
    bodies: {} as Collection<BytesDocument>,
  }
  const homes = createHomes({
    collections,
    clock,
    random: (count) => Buffer.alloc(count, 1),
    deadlines: createDeadlines(clock, 60_000),
    background: createBackgroundTasks(),
    deliverOutbox: async () => {},
    keepsVersions: true,
    swap: 'replace',
    committed: () => {},
  })
  return { clock, homes, cleaned, outbox: () => JSON.parse(link.outbox) as readonly unknown[] }
}

/** As a request that commits a text: what it brings leaves one thing to be cleaned up. */
async function begin({ homes }: ReturnType<typeof storeWith>) {
  await homes.read(ALICE)
  const commit = { home: { ...emptyHome(ALICE), revision: 7 }, texts: [{ id: 't', bytes: bytes('text') }] }
  const committing = homes.commit(commit, async () => NOTHING_STAGED)
  let outcome: Committed['kind'] | 'waits' | 'refused' = 'waits'
  committing.then(
    ({ kind }) => (outcome = kind),
    () => (outcome = 'refused'),
  )
  await turn()
  return { committing, outcome: () => outcome }
}
const turn = (): Promise<unknown> => new Promise(setImmediate)
const TURNED_AWAY = { refusal: { kind: 'unavailable', detail: expect.stringContaining('not been passed on yet') } }

it('INV-30: behind 1,000 that are only late a writer waits half a second for them, and is told to come back then', async () => {
  const store = storeWith(attempts(1_000))
  const { committing, outcome } = await begin(store)
  store.clock.move(499)
  await turn()
  expect(outcome()).toBe('waits')
  store.clock.move(1)
  await expect(committing).rejects.toMatchObject(TURNED_AWAY)
  expect(store.outbox()).toHaveLength(1_000)
})

it('INV-30: once they are cleaned up he goes on, and none of them is taken along', async () => {
  const store = storeWith(attempts(1_000))
  const { outcome } = await begin(store)
  store.clock.move(499)
  await turn()
  expect(outcome()).toBe('waits')
  store.cleaned()
  await turn()
  expect(outcome()).toBe('committed')
  expect(store.outbox()).toHaveLength(1)
})

it('INV-30: behind 999 he waits for nothing', async () => {
  const store = storeWith(attempts(999))
  const { outcome } = await begin(store)
  expect(outcome()).toBe('committed')
  expect(store.outbox()).toHaveLength(1_000)
})

it('INV-25: where something has not arrived that somebody reads, waiting for what is late is of no use: he is told at once', async () => {
  const journal = { id: 'before:j', kind: 'journal', owner: ALICE, record: change('etag', 1) }
  const store = storeWith([journal, ...attempts(999)])
  const { committing, outcome } = await begin(store)
  await expect(committing).rejects.toMatchObject(TURNED_AWAY)
  expect([outcome(), store.clock.next()]).toEqual(['refused', undefined])
})
