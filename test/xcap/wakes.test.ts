/** HOST-A8: a change that nobody is woken for is found due, because `next` is set in its own commit. */
import { expect, it } from 'vitest'
import { emptyHome, type Home } from '../../src/home/home.ts'
import { update } from '../../src/home/update.ts'
import type { Instant } from '../../src/clock.ts'
import type { ApplicationUsage } from '../../src/xcap/application-usage.ts'
import { changeOf } from '../../src/xcap/change.ts'
import { ALICE, INDEX, XcapTestbed } from './testbed.ts'

const NOW = 5_000

it.each([
  ['always', undefined, 5_000],
  ['always', 9_000, 5_000],
  ['always', 1_000, 1_000],
  ['waiting', undefined, undefined],
  ['waiting', 9_000, 5_000],
  ['waiting', 1_000, 1_000],
  ['never', undefined, undefined],
  ['never', 9_000, 9_000],
] as const)('HOST-A8: a document that wakes %s, in a home whose next is %s, leaves %s', (wakes, before, after) => {
  const home: Home = { ...emptyHome(ALICE), next: before }
  const usage = { wakes } as ApplicationUsage
  const selector = { auid: 'test-app', owner: ALICE, name: 'index' } as Parameters<typeof changeOf>[1]
  const record = { kind: 'change', document: INDEX, at: NOW, by: ALICE } as const
  expect(changeOf(usage, selector, home, home.documents, record).home.next).toBe(after)
})

it('HOST-A8: PUT and DELETE, of a document and of a node, leave the home due where something waits in it', async () => {
  const testbed = new XcapTestbed()
  const { homes } = testbed.store
  const now = testbed.rooms.clock.now()
  const nextAfter = async (work: () => Promise<unknown>): Promise<Instant | undefined> => {
    await update(homes, ALICE, (home) => ({ answer: undefined, commit: { home: { ...home, next: now + 3_600_000 } } }))
    await work()
    return (await homes.read(ALICE)).next
  }
  expect(await nextAfter(() => testbed.put(INDEX, '<r><e n="1"/></r>'))).toBe(now)
  expect(await nextAfter(() => testbed.put(`${INDEX}/~~/r/e`, '<e n="1">b</e>'))).toBe(now)
  expect(await nextAfter(() => testbed.remove(`${INDEX}/~~/r/e`))).toBe(now)
  expect(await nextAfter(() => testbed.remove(INDEX))).toBe(now)
})
