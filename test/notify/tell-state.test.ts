import { expect, it } from 'vitest'
import { withPart } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import { createStateTelling, type StateTelling } from '../../src/notify/tell-state.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { AUID, INDEX, type Etag, type Xui } from '../../src/names.ts'
import { documentKey } from '../../src/home/home.ts'
import { disturbText } from '../preferences/stored.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

const ALICE = 'sip:alice@example.com' as Xui
const MINUTE = 60_000

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function setUp() {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  const { homes, leases } = store
  let drawn = 0
  const telling = (): StateTelling =>
    createStateTelling({
      homes,
      leases,
      clock,
      random: (count) => new Uint8Array(count).fill((drawn += 1)),
      preferencesOf: (home) =>
        readPreferences({ homes, documents: new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 0 }) }, home),
      sweepEvery: 1_000,
      leaseFor: 10_000,
      log: { error: ({ err }: { err?: unknown }) => expect.fail(String(err)) },
    })
  const write = (text: string, parts: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    update(homes, ALICE, (home) => {
      const id = `text-${home.revision}`
      const bytes = Buffer.from(text)
      const entry = { etag: `e${home.revision}` as Etag, text: id, size: bytes.length, changed: clock.now(), by: ALICE }
      const documents = new Map(home.documents).set(documentKey(AUID.doNotDisturb, INDEX), entry)
      let next = { ...home, documents, next: clock.now() }
      for (const [name, value] of Object.entries(parts))
        next = withPart({ ...next }, { name, empty: {} }, value) as typeof next
      return { answer: undefined, commit: { home: next, texts: [{ id, bytes }] } }
    })
  const states = async (): Promise<unknown[]> =>
    (await store.journal.read(0, 100)).flatMap(({ record }) =>
      record.kind === 'state' ? [[record.doNotDisturb, record.at]] : [],
    )
  return { clock, store, telling, write, states }
}

it('X19: of two servers each state is told once, at its boundary, and the other takes over', async () => {
  const { clock, store, telling, write, states } = setUp()
  const [one, two] = [telling(), telling()]
  await one.start()
  await two.start()
  const began = clock.now()
  await write(disturbText(`on="true" until="${new Date(began + 5 * MINUTE).toISOString()}"`))
  await settled()
  expect(await states()).toEqual([[true, began]])
  await two.stop()
  for (let second = 0; second < 5 * 60 + 1; second++) {
    clock.move(1_000)
    await settled()
  }
  expect(await states()).toEqual([
    [true, began],
    [false, began + 5 * MINUTE],
  ])
  expect(await store.homes.earliest()).toBeUndefined()
  await one.stop()
})

it('X19: what a participating function waits for stays due for it', async () => {
  const { clock, store, telling, write, states } = setUp()
  const one = telling()
  await one.start()
  await write(disturbText('on="true"'), { queue: { waiting: 1 } })
  await settled()
  expect(await states()).toHaveLength(1)
  expect(await store.homes.due(clock.now(), 10)).toEqual([ALICE])
  await one.stop()
})
