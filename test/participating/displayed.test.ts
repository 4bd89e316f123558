import { afterEach, beforeEach, expect, it } from 'vitest'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, PF, PHONE, TABLET, Bed, quiet, registration } from './bed.ts'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
  for (const device of [PHONE, TABLET]) await bed.pf.register(ALICE, device, registration())
})
afterEach(() => bed.stop())

const displayed = async (id: string, device = PHONE) => {
  const answer = await bed.pf.displayed(ALICE, device, id)
  await quiet()
  return answer
}
/** What waits in the home of who sent it. */
const toldBob = async () => {
  const ids = queueOf(await bed.store.homes.read(BOB)).waiting.map(({ id }) => id)
  const records = await Promise.all(ids.map(async (id) => (await bed.store.messages.byId(id))?.value))
  return (records as { readonly disposition: string }[]).map(({ disposition }) => disposition)
}

it('U5: the sender who asked is told once, whichever devices show it and however often', async () => {
  await bed.open(ALICE, PHONE)
  await bed.open(ALICE, TABLET)
  const id = await bed.send({ reports: ['delivery', 'display'] })
  await bed.pf.received(ALICE, PHONE, id)
  for (const device of [PHONE, PHONE, TABLET]) expect(await displayed(id, device)).toBe(true)
  expect(await toldBob()).toEqual(['delivered', 'displayed'])
  expect((await bed.view(id)).reports).toMatchObject([{ disposition: 'delivered' }, { disposition: 'displayed' }])
})

it('U5: told over both doors, by a device here and by a notification of its own, it is told once', async () => {
  await bed.open(ALICE, PHONE)
  const id = await bed.send({ messageId: 'm1', reports: ['display'] })
  expect(await bed.pf.read(ALICE, BOB, 'm1')).toBe(false)
  await bed.pf.received(ALICE, PHONE, id)
  expect(await bed.pf.read(ALICE, 'sip:eve@example.com', 'm1')).toBe(false)
  expect([await bed.pf.read(ALICE, BOB, 'm1'), await displayed(id), await bed.pf.read(ALICE, BOB, 'm1')]).toEqual([
    true,
    true,
    true,
  ])
  await quiet()
  expect(await toldBob()).toEqual(['displayed'])
})

it('U5: what a device shows, it has', async () => {
  await bed.open(ALICE, PHONE)
  const id = await bed.send({ reports: ['delivery', 'display'] })
  await displayed(id)
  expect([(await bed.view(id)).state, await toldBob()]).toEqual(['delivered', ['delivered', 'displayed']])
})

it('U5: nobody is told who did not ask, or who hides', async () => {
  await bed.open(ALICE, PHONE)
  const ids = [await bed.send({ reports: [] }), await bed.send({ reports: ['display'], privacy: true })]
  for (const id of ids) expect(await displayed(id)).toBe(true)
  expect(await toldBob()).toEqual([])
})

it('U5: a device that was never offered it says nothing, and it goes on waiting', async () => {
  const id = await bed.send({ reports: ['display'] })
  expect([await displayed(id), await displayed('nothing')]).toEqual([false, false])
  expect([(await bed.view(id)).state, await toldBob()]).toEqual(['deferred', []])
})

it('U5: who is not ours is told by the changes of the function that sent for him', async () => {
  await bed.open(ALICE, PHONE)
  const id = await bed.send({ from: 'sip:x@example.net', reports: ['display'] }, PF)
  await displayed(id)
  await displayed(id)
  const records = (await bed.store.journal.read(0, 100, undefined)).map(({ record }) => record)
  const told = records.filter(({ kind }) => kind === 'report')
  expect(told).toMatchObject([{ audience: PF.xui, sender: 'sip:x@example.net', message: id, disposition: 'displayed' }])
})

it('X14, U5: it comes to the devices of the sender that take reports, and waits while they are to be left alone', async () => {
  const [one, other] = ['urn:x:one', 'urn:x:other']
  await bed.profile(BOB, 'p', `<devices><reports to="listed"><device id="${one}"/></reports></devices>`)
  await bed.active(BOB, 'default="p"')
  for (const device of [one, other]) await bed.pf.register(BOB, device, registration())
  const inboxes = [await bed.open(BOB, one), await bed.open(BOB, other)]
  await bed.open(ALICE, PHONE)
  await bed.doNotDisturb(BOB, 'on="true"')
  const id = await bed.send({ reports: ['display'] })
  await displayed(id)
  expect(inboxes.map(({ events }) => events.length)).toEqual([0, 0])
  await bed.doNotDisturb(BOB, 'on="false"')
  expect(inboxes.map(({ events }) => events.map(({ data }) => data['disposition']))).toEqual([['displayed'], []])
})
