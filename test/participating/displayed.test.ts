import { afterEach, beforeEach, expect, it } from 'vitest'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, PF, PHONE, TABLET, Testbed, quiet, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  for (const device of [PHONE, TABLET]) await testbed.pf.register(ALICE, device, registration())
})
afterEach(() => testbed.stop())

const displayed = async (id: string, device = PHONE) => {
  const answer = await testbed.pf.displayed(ALICE, device, id)
  await quiet()
  return answer
}
/** What waits in the home of who sent it. */
const toldBob = async () => {
  const ids = queueOf(await testbed.store.homes.read(BOB)).waiting.map(({ id }) => id)
  const records = await Promise.all(ids.map(async (id) => (await testbed.store.messages.byId(id))?.value))
  return (records as { readonly disposition: string }[]).map(({ disposition }) => disposition)
}

it('U5: the sender who asked is told once, whichever devices show it and however often', async () => {
  await testbed.open(ALICE, PHONE)
  await testbed.open(ALICE, TABLET)
  const id = await testbed.send({ reports: ['delivery', 'display'] })
  await testbed.pf.received(ALICE, PHONE, id)
  for (const device of [PHONE, PHONE, TABLET]) expect(await displayed(id, device)).toBe(true)
  expect(await toldBob()).toEqual(['delivered', 'displayed'])
  expect((await testbed.view(id)).reports).toMatchObject([{ disposition: 'delivered' }, { disposition: 'displayed' }])
})

it('U5: told over both doors, by a device here and by a notification of its own, it is told once', async () => {
  await testbed.open(ALICE, PHONE)
  const id = await testbed.send({ messageId: 'm1', reports: ['display'] })
  expect(await testbed.pf.read(ALICE, BOB, 'm1')).toBe(false)
  await testbed.pf.received(ALICE, PHONE, id)
  expect(await testbed.pf.read(ALICE, 'sip:eve@example.com', 'm1')).toBe(false)
  expect([
    await testbed.pf.read(ALICE, BOB, 'm1'),
    await displayed(id),
    await testbed.pf.read(ALICE, BOB, 'm1'),
  ]).toEqual([true, true, true])
  await quiet()
  expect(await toldBob()).toEqual(['displayed'])
})

it('U5: what a device shows, it has', async () => {
  await testbed.open(ALICE, PHONE)
  const id = await testbed.send({ reports: ['delivery', 'display'] })
  await displayed(id)
  expect([(await testbed.view(id)).state, await toldBob()]).toEqual(['delivered', ['delivered', 'displayed']])
})

it('U5: nobody is told who did not ask, or who hides', async () => {
  await testbed.open(ALICE, PHONE)
  const ids = [await testbed.send({ reports: [] }), await testbed.send({ reports: ['display'], privacy: true })]
  for (const id of ids) expect(await displayed(id)).toBe(true)
  expect(await toldBob()).toEqual([])
})

it('U5: a device that was never offered it says nothing, and it goes on waiting', async () => {
  const id = await testbed.send({ reports: ['display'] })
  expect([await displayed(id), await displayed('nothing')]).toEqual([false, false])
  expect([(await testbed.view(id)).state, await toldBob()]).toEqual(['deferred', []])
})

it('U5: who is not ours is told by the changes of the function that sent for him', async () => {
  await testbed.open(ALICE, PHONE)
  const id = await testbed.send({ from: 'sip:x@example.net', reports: ['display'] }, PF)
  await displayed(id)
  await displayed(id)
  const records = (await testbed.store.journal.read(0, 100, undefined)).map(({ record }) => record)
  const told = records.filter(({ kind }) => kind === 'report')
  expect(told).toMatchObject([{ audience: PF.xui, sender: 'sip:x@example.net', message: id, disposition: 'displayed' }])
})

it('X14, U5: it comes to the devices of the sender that take reports, and waits while they are to be left alone', async () => {
  const [one, other] = ['urn:x:one', 'urn:x:other']
  await testbed.profile(BOB, 'p', `<devices><reports to="listed"><device id="${one}"/></reports></devices>`)
  await testbed.active(BOB, 'default="p"')
  for (const device of [one, other]) await testbed.pf.register(BOB, device, registration())
  const inboxes = [await testbed.open(BOB, one), await testbed.open(BOB, other)]
  await testbed.open(ALICE, PHONE)
  await testbed.doNotDisturb(BOB, 'on="true"')
  const id = await testbed.send({ reports: ['display'] })
  await displayed(id)
  expect(inboxes.map(({ events }) => events.length)).toEqual([0, 0])
  await testbed.doNotDisturb(BOB, 'on="false"')
  expect(inboxes.map(({ events }) => events.map(({ data }) => data['disposition']))).toEqual([['displayed'], []])
})
