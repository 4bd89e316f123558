/** Acknowledgements that come at once are one commit. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ALICE, PHONE, TABLET, Testbed, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const revision = async (): Promise<number> => (await testbed.store.homes.read(ALICE)).revision
const received = (device: string, id: string): Promise<boolean> => testbed.pf.received(ALICE, device, id)

it('INV-8, INV-10: what comes at once is taken in a commit or two, and each hears of his own', async () => {
  await testbed.pf.register(ALICE, PHONE, registration())
  await testbed.open(ALICE, PHONE)
  const ids: string[] = []
  for (let count = 0; count < 20; count++) ids.push(await testbed.send())
  const before = await revision()
  const answers = await Promise.all([...ids.map((id) => received(PHONE, id)), received(PHONE, 'nothing')])
  expect(answers).toEqual([...ids.map(() => true), false])
  expect((await revision()) - before).toBeLessThanOrEqual(2)
  for (const id of ids) expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  expect(await testbed.pf.deferred(ALICE)).toEqual([])
})

it('P3, D11: two devices that have the same message at once, and one of them twice: each is known, and no copy is left', async () => {
  for (const device of [PHONE, TABLET]) await testbed.pf.register(ALICE, device, registration())
  const [phone, tablet] = [await testbed.open(ALICE, PHONE), await testbed.open(ALICE, TABLET)]
  const id = await testbed.send()
  expect([phone.ids(), tablet.ids()]).toEqual([[id], [id]])
  expect(await Promise.all([received(PHONE, id), received(TABLET, id), received(PHONE, id)])).toEqual([
    true,
    true,
    true,
  ])
  expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  expect((await testbed.store.homes.read(ALICE)).parts.get('copies') ?? []).toEqual([])
})

it('INV-10: where the store refuses, all hear it, and the next one is taken', async () => {
  await testbed.pf.register(ALICE, PHONE, registration())
  await testbed.open(ALICE, PHONE)
  const ids = [await testbed.send(), await testbed.send()]
  const messages = testbed.store.messages as { byId: typeof testbed.store.messages.byId }
  const { byId } = messages
  messages.byId = () => Promise.reject(new Error('away'))
  const outcomes = await Promise.allSettled(ids.map((id) => received(PHONE, id)))
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  messages.byId = byId
  expect(await Promise.all(ids.map((id) => received(PHONE, id)))).toEqual([true, true])
})
