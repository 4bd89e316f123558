import { describe, expect, it } from 'vitest'
import { createPositionIds } from '../../src/feed/ids.ts'
import type { Journal, JournalEntry, Position } from '../../src/feed/journal.ts'
import type { Owner, Xui } from '../../src/names.ts'
import { createChanges, type WatchStep } from '../../src/notify/watch.ts'
import { createTail } from '../../src/notify/tail.ts'
import { createDescribing } from '../../src/feed/describe.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { EVERYTHING } from '../feed/everything.ts'
import { createMemoryStore } from '../store/memory.ts'
import { createHandClock } from '../store/hand-clock.ts'

const ALICE = 'sip:alice@example.com' as Xui
const BOB = 'sip:bob@example.com' as Xui
const PF = 'sip:pf@example.com' as Xui
const ids = createPositionIds(Buffer.alloc(16, 1))

/** A journal in an array, which counts how often it is read. */
class ArrayJournal implements Journal {
  entries: JournalEntry[] = []
  reads = 0
  fails = false
  private swept: Position = 0
  private readonly listeners = new Set<() => void>()

  append(owner: Owner, count = 1): void {
    for (let n = 0; n < count; n++) {
      const position = this.swept + this.entries.length + 1
      this.entries.push({
        position,
        owner,
        record: { kind: 'change', document: `a/users/${owner}/${position}`, newEtag: `e${position}`, at: 0, by: owner },
      })
    }
    for (const listener of this.listeners) listener()
  }

  sweep(upTo: Position): void {
    this.entries = this.entries.filter(({ position }) => position > upTo)
    this.swept = upTo
  }

  async head(): Promise<Position> {
    return this.swept + this.entries.length
  }

  async tail(): Promise<Position> {
    return this.swept
  }

  async read(after: Position, limit: number, owner?: Owner): Promise<readonly JournalEntry[]> {
    this.reads += 1
    if (this.fails) throw new Error('it cannot be read now')
    return this.entries
      .filter((entry) => entry.position > after && (owner === undefined || entry.owner === owner))
      .slice(0, limit)
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
}

/** Lets everything run that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function setUp() {
  const journal = new ArrayJournal()
  const clock = createHandClock()
  const { homes, accounts } = createMemoryStore({ clock })
  const preferencesOf = (): never => expect.fail('nobody begins with what is there')
  const describing = createDescribing({ homes, xml: DEFAULT_XML_LIMITS })
  const changes = createChanges({
    journal,
    ids,
    tail: createTail(journal, ids, clock),
    clock,
    homes,
    accounts,
    describing,
    preferencesOf,
    quietEvery: 15_000,
  })
  const follow = async (xui: Xui, owner: Owner | undefined, after?: string) => {
    const over = new AbortController()
    const steps: WatchStep[] = []
    const watch = await changes.watch({ xui, owner, view: EVERYTHING }, after, over.signal)
    const done = (async () => {
      for await (const step of watch) steps.push(step)
    })()
    const seen = (): Position[] =>
      steps.flatMap((step) => (step.kind === 'events' ? step.events.map(({ position }) => position) : []))
    const lastId = (): string | undefined => {
      const ends = steps
        .map((step) => (step.kind === 'events' ? step.events.at(-1)?.id : step.id))
        .filter((id) => id !== undefined)
      return ends.at(-1)
    }
    return { steps, seen, lastId, stop: () => (over.abort(), done) }
  }
  return { journal, clock, changes, follow }
}

describe('watching the changes', () => {
  it('X19: from now: what was there is not told, what comes is, once and in order', async () => {
    const { journal, follow } = setUp()
    journal.append(ALICE, 3)
    const watch = await follow(PF, undefined)
    journal.append(ALICE, 2)
    await settled()
    journal.append(BOB)
    await settled()
    expect(watch.seen()).toEqual([4, 5, 6])
    await watch.stop()
  })

  it('INV-30: a journal that could not be read when it rang is read again, though nothing more comes', async () => {
    const { journal, clock, follow } = setUp()
    const watch = await follow(PF, undefined)
    await settled()
    journal.fails = true
    journal.append(ALICE, 2)
    await settled()
    expect(watch.seen()).toEqual([])
    journal.fails = false
    clock.move(1_000)
    await settled()
    expect(watch.seen()).toEqual([1, 2])
    await watch.stop()
  })

  it('X19: behind an id: exactly what follows it, also while more comes, without a seam', async () => {
    const { journal, follow } = setUp()
    journal.append(ALICE, 1000)
    const watch = await follow(PF, undefined, ids.idOf(17))
    journal.append(BOB, 500)
    await settled()
    journal.append(ALICE, 7)
    await settled()
    expect(watch.seen()).toEqual(Array.from({ length: 1507 - 17 }, (_, n) => n + 18))
    await watch.stop()
    const again = await follow(PF, undefined, watch.lastId())
    await settled()
    expect(again.seen()).toEqual([])
    await again.stop()
  })

  it('X19: one user only, live and from the journal alike', async () => {
    const { journal, follow } = setUp()
    for (let n = 0; n < 300; n++) journal.append(n % 3 === 0 ? ALICE : BOB)
    const watch = await follow(ALICE, ALICE, ids.idOf(0))
    journal.append(BOB)
    journal.append(ALICE)
    await settled()
    expect(watch.seen()).toEqual([...Array.from({ length: 100 }, (_, n) => 3 * n + 1), 302])
    await watch.stop()
  })

  it('X19: the position moves over what the watcher may not see, and he resumes behind it', async () => {
    const { journal, clock, follow } = setUp()
    const watch = await follow(ALICE, ALICE)
    await settled()
    const positions = (): unknown[] => watch.steps.map((step) => step.kind === 'quiet' && ids.positionOf(step.id))
    expect(positions()).toEqual([0])
    journal.append(BOB, 40)
    await settled()
    expect(watch.steps).toHaveLength(1)
    clock.move(15_000)
    await settled()
    expect(positions()).toEqual([0, 40])
    clock.move(15_000)
    await settled()
    expect(positions()).toEqual([0, 40, 40])
    // HOST-L6: whether others did something is not to be seen.
    expect(new Set(watch.steps.map((step) => 'id' in step && step.id)).size).toBe(3)
    await watch.stop()
  })

  it('X19: an id that was never given, or given by a store that lost its end, is a resync from now', async () => {
    const { journal, follow } = setUp()
    journal.append(ALICE, 5)
    for (const after of ['never', ids.idOf(6), createPositionIds(Buffer.alloc(16, 2)).idOf(3)]) {
      const watch = await follow(PF, undefined, after)
      await settled()
      expect(watch.steps[0]).toEqual({ kind: 'resync', id: ids.idOf(5) })
      expect(watch.seen()).toEqual([])
      await watch.stop()
    }
    const watch = await follow(PF, undefined, 'never')
    journal.append(ALICE)
    await settled()
    expect(watch.seen()).toEqual([6])
    await watch.stop()
  })

  it('X19: a position that is no longer kept is a resync, one that is kept by a hair is not', async () => {
    const { journal, follow } = setUp()
    journal.append(ALICE, 10)
    journal.sweep(5)
    const gone = await follow(PF, undefined, ids.idOf(4))
    const kept = await follow(PF, undefined, ids.idOf(5))
    await settled()
    expect(gone.steps[0]).toEqual({ kind: 'resync', id: ids.idOf(10) })
    expect(kept.seen()).toEqual([6, 7, 8, 9, 10])
    await Promise.all([gone.stop(), kept.stop()])
  })

  it('X19: a watcher who takes his time loses nothing, or is told that he did', async () => {
    const { journal, changes } = setUp()
    const over = new AbortController()
    const slow = (await changes.watch({ xui: PF, owner: undefined, view: EVERYTHING }, undefined, over.signal))[
      Symbol.asyncIterator
    ]()
    await slow.next()
    journal.append(ALICE, 6_000)
    await settled()
    const seen: Position[] = []
    for (let step = 0; seen.length < 6_000; step++) {
      const { value } = (await slow.next()) as { value: WatchStep }
      if (value.kind === 'events') seen.push(...value.events.map(({ position }) => position))
      expect(step).toBeLessThan(100)
    }
    expect(seen).toEqual(Array.from({ length: 6_000 }, (_, n) => n + 1))
    journal.append(ALICE, 6_000)
    await settled()
    journal.sweep(11_990)
    expect(await slow.next()).toEqual({ done: false, value: { kind: 'resync', id: ids.idOf(12_000) } })
    over.abort()
    expect((await slow.next()).done).toBe(true)
  })

  it('X19: many watchers who are up to date cost one read of the journal, not one each', async () => {
    const { journal, follow } = setUp()
    const watches = await Promise.all(Array.from({ length: 200 }, () => follow(PF, undefined)))
    await settled()
    journal.reads = 0
    for (let n = 0; n < 10; n++) {
      journal.append(ALICE)
      await settled()
    }
    expect(watches.every((watch) => watch.seen().length === 10)).toBe(true)
    expect(journal.reads).toBe(10)
    await Promise.all(watches.map((watch) => watch.stop()))
  })

  it('X19: a store that cannot be read ends the watch, and the next one goes on behind the last id', async () => {
    const { journal, follow } = setUp()
    const watch = await follow(PF, undefined)
    journal.append(ALICE)
    await settled()
    const { head } = journal
    journal.head = () => Promise.reject(new Error('down'))
    await expect(follow(PF, undefined)).rejects.toThrow('down')
    journal.head = head
    await watch.stop()
    journal.append(ALICE, 2)
    const again = await follow(PF, undefined, watch.lastId())
    await settled()
    expect(again.seen()).toEqual([2, 3])
    await again.stop()
  })
})
