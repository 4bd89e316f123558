import { expect, it } from 'vitest'
import { createElsewhere } from '../../src/elsewhere.ts'
import { update } from '../../src/home/update.ts'
import type { Homes } from '../../src/home/home.ts'
import type { Owner, Xui } from '../../src/names.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createHandClock } from '../store/hand-clock.ts'
import { createMemoryStore } from '../store/memory.ts'

const ALICE = 'sip:alice@example.com' as Xui
const STRANGER = 'sip:stranger@example.org' as Xui

/** A participating function whose XDMS says what `tell` says. */
async function setUp(change: (homes: Homes) => Homes = (homes) => homes) {
  const clock = createHandClock()
  const store = createMemoryStore({ clock })
  await update(store.homes, ALICE, (home) => ({ answer: undefined, commit: { home } }))
  let tell: (xui: string | undefined) => void = () => {}
  const elsewhere = createElsewhere({
    watcher: {
      documents: async () => undefined,
      onChange: (listener) => ((tell = listener), () => {}),
      start: async () => {},
      stop: () => {},
    },
    homes: change(store.homes),
    documents: new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 0 }),
    clock,
  })
  const warned: unknown[] = []
  elsewhere.start({ warn: ({ owner }: { owner?: unknown }) => void warned.push(owner) })
  const due = (): Promise<readonly Owner[]> => store.homes.due(clock.now(), 10)
  return { clock, homes: store.homes, tell: (xui: string | undefined) => tell(xui), due, warned, elsewhere }
}

it('INV-32: a change that could wake nobody, because the store had trouble, is tried again', async () => {
  let trouble = true
  const { clock, tell, due, warned, elsewhere } = await setUp((homes) => ({
    ...homes,
    commit: async (...given) => {
      if (trouble) throw new Error('the store hiccups')
      return homes.commit(...given)
    },
  }))
  for (const xui of [ALICE, undefined]) tell(xui)
  await expect.poll(() => warned).toHaveLength(2)
  expect(await due()).toEqual([])
  trouble = false
  clock.move(1_000)
  await expect.poll(async () => (await due()).toSorted()).toEqual(['global', ALICE])
  elsewhere.stop()
  expect(clock.next()).toBeUndefined()
})

it('INV-32: whoever has nothing here gets nothing here', async () => {
  const { homes, tell, due } = await setUp()
  tell(STRANGER)
  tell(ALICE)
  await expect.poll(due).toEqual([ALICE])
  expect((await homes.read(STRANGER)).revision).toBe(0)
})
