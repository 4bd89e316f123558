import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PF, PHONE, TABLET, Testbed, as, quiet, refusal, registration, submission } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the end of what waits', () => {
  it('D3: at its expiry, not before, it is discarded, and the sender who asked gets a failure report', async () => {
    const id = await testbed.send({ reports: ['failure'] })
    await testbed.pass(7 * DAY - 1)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred' })
    await testbed.pass(1)
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'expired', at: '2026-11-28T07:00:00Z' }],
    })
  })

  it('D3: the earliest of the message’s own expiry, keep-for and keep-at-most counts', async () => {
    await testbed.policy('<limits keep-at-most="P2D"/>')
    expect(await testbed.view(await testbed.send())).toMatchObject({ expires: '2026-11-23T07:00:00Z' })
    expect(await testbed.view(await testbed.send({ expires: Date.parse('2026-11-21T08:00:00Z') }))).toMatchObject({
      expires: '2026-11-21T08:00:00Z',
    })
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT36H"/>')
    await testbed.active(ALICE, 'default="work"')
    expect(await testbed.view(await testbed.send())).toMatchObject({ expires: '2026-11-22T19:00:00Z' })
  })

  it('D3: extended as often as both the user and the provider allow, never beyond keep-at-most, then discarded', async () => {
    await testbed.policy('<limits keep-at-most="PT150M" extensions-at-most="2"/>')
    await testbed.profile(
      ALICE,
      'work',
      '<deferred keep-for="PT1H" on-expiry="extend" extend-by="PT1H" extensions="5" then="discard"/>',
    )
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send()
    await testbed.pass(HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T09:00:00Z' })
    await testbed.pass(HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T09:30:00Z' })
    await testbed.pass(HOUR / 2)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('HOST-A8, D3: not extended more often than the provider allows', async () => {
    await testbed.policy('<limits extensions-at-most="2"/>')
    await testbed.profile(
      ALICE,
      'work',
      '<deferred keep-for="PT1H" on-expiry="extend" extend-by="PT1H" extensions="5" then="discard"/>',
    )
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send()
    await testbed.pass(3 * HOUR - 1)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T10:00:00Z' })
    await testbed.pass(1)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('D2: under notify it is announced and waits, until the mode is push again', async () => {
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT1H"/>')
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send()
    await testbed.profile(ALICE, 'work', '<deferred mode="notify" keep-for="PT1H"/>')
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 86_400 }))
    const phone = await testbed.open(ALICE, PHONE)
    expect(phone.events.map(({ event }) => event)).toEqual(['notice'])
    expect(await testbed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'preference',
      releasedBy: ['user-action', 'preference-change', 'registration'],
    })
    await testbed.profile(ALICE, 'work', '<deferred mode="push" keep-for="PT1H"/>')
    expect(phone.events.map(({ event }) => event)).toEqual(['notice', 'message'])
    expect(phone.ids()[1]).toBe(id)
  })

  it('D3: notify takes no expiry away', async () => {
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT1H"/>')
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send()
    await testbed.profile(ALICE, 'work', '<deferred mode="notify" on-expiry="discard"/>')
    await testbed.pass(HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-6: while an offer is out expiry waits for it; none goes out at or after expiry', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send({ expires: Date.parse('2026-11-21T07:00:10Z') })
    await testbed.pass(20_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    await testbed.pass(10_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
    expect(phone.ids()).toEqual([id])
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-20: a clock that jumps forward expires nothing until a minute later, nor if it is set back meanwhile', async () => {
    const id = await testbed.send({ expires: Date.parse('2026-11-21T08:00:00Z') })
    await testbed.pass(2000)
    testbed.clock.moveTo(Date.parse('2027-11-21T08:00:00Z'))
    await quiet()
    await testbed.pass(59_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred' })
    expect(testbed.logged).toHaveLength(1)
    await testbed.pass(2000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-20: a clock that is set back after a jump delays no expiry for long', async () => {
    const id = await testbed.send({ expires: Date.parse('2026-11-21T07:10:00Z') })
    testbed.clock.moveTo(Date.parse('2027-11-21T08:00:00Z'))
    await quiet()
    testbed.clock.move(1000)
    await quiet()
    expect(testbed.logged).toHaveLength(1)
    testbed.clock.moveTo(Date.parse('2026-11-21T07:01:00Z'))
    await testbed.send()
    await testbed.pass(9 * 60_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded', expires: '2026-11-21T07:10:00Z' })
  })

  it('D13: bob’s report comes to his own device, waits while it is to be left alone, and is acknowledged like a message', async () => {
    await testbed.doNotDisturb(BOB, 'on="true"')
    await testbed.pf.register(BOB, PHONE, registration())
    const bobs = await testbed.open(BOB, PHONE)
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.open(ALICE, PHONE)
    const id = await testbed.send({ messageId: 'm', reports: ['delivery'] })
    await testbed.pf.received(ALICE, PHONE, id)
    await quiet()
    expect(bobs.events).toEqual([])
    await testbed.doNotDisturb(BOB, 'on="false"')
    const report = (await testbed.view(id)).reports[0]?.id ?? ''
    expect(bobs.events).toEqual([
      {
        event: 'report',
        id: report,
        data: {
          id: report,
          message: id,
          messageId: 'm',
          recipient: ALICE,
          disposition: 'delivered',
          at: '2026-11-21T07:00:00Z',
        },
      },
    ])
    expect(await testbed.pf.deferred(BOB)).toEqual([])
    expect(await testbed.pf.received(BOB, PHONE, report)).toBe(true)
    await testbed.pass(40_000)
    expect(bobs.ids()).toEqual([report])
    expect(await testbed.pf.received(BOB, PHONE, report)).toBe(true)
    expect(await testbed.pf.received(BOB, TABLET, report)).toBe(false)
  })

  it('X14: reports go to the devices chosen for reports, whatever the rules say', async () => {
    await testbed.profile(
      BOB,
      'work',
      `<messages><available action="reject"/></messages><devices><reports to="listed"><device ` +
        `id="${TABLET}"/></reports></devices>`,
    )
    await testbed.active(BOB, 'default="work"')
    await testbed.pf.register(BOB, PHONE, registration())
    await testbed.pf.register(BOB, TABLET, registration())
    const phone = await testbed.open(BOB, PHONE)
    const tablet = await testbed.open(BOB, TABLET)
    await testbed.profile(ALICE, 'work', '<messages><unavailable action="discard"/></messages>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.send({ reports: ['failure'] })
    expect(phone.events).toEqual([])
    expect(tablet.events).toMatchObject([{ event: 'report', data: { disposition: 'failed', because: 'discarded' } }])
  })

  it('D13: for a sender who is not ours the report is in the journal, for the participating function that sent for him', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.open(ALICE, PHONE)
    const id = await testbed.send({ from: 'sip:eve@elsewhere.example', messageId: 'm', reports: ['delivery'] }, PF)
    await testbed.pf.received(ALICE, PHONE, id)
    const records = (await testbed.store.journal.read(0, 100)).map(({ record }) => record)
    const [report] = (await testbed.view(id)).reports
    expect(records).toEqual([
      {
        kind: 'report',
        audience: 'sip:pf@example.com',
        sender: 'sip:eve@elsewhere.example',
        id: report?.id,
        message: id,
        messageId: 'm',
        disposition: 'delivered',
        at: Date.parse('2026-11-21T07:00:00Z'),
      },
    ])
  })

  it('D13: who asked for a delivery notification is told of a failure, too', async () => {
    const id = await testbed.send({ reports: ['delivery'], expires: testbed.clock.now() + 1000 })
    await testbed.pass(1000)
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'expired' }],
    })
  })

  it('C7: the provider may suppress failure reports', async () => {
    await testbed.policy('<reports failure="false"/>')
    const id = await testbed.send({ reports: ['failure'], expires: testbed.clock.now() + 1000 })
    await testbed.pass(1000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded', reports: [] })
  })

  it('C7: a change of the policy wakes whom it concerns', async () => {
    await testbed.policy('<connectivity name="roaming" max-bytes="1"/>')
    await testbed.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    expect(phone.ids()).toEqual([])
    await testbed.policy('<connectivity name="roaming" max-bytes="9"/>')
    expect(phone.ids()).toEqual([id])
    expect((await testbed.store.homes.read('global')).next).toBeUndefined()
  })

  it('C7: a change of the policy is not missed by a message that comes in the same moment', async () => {
    for (let turns = 0; turns < 60; turns++) {
      const racing = await Testbed.make()
      await racing.policy('<connectivity name="roaming" max-bytes="1"/>')
      await racing.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
      const phone = await racing.open(ALICE, PHONE)
      const sending = racing.pf.accept(as(BOB), submission())
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
      await racing.policy('')
      const { id } = await sending
      await quiet()
      expect(phone.ids(), `${turns} turns later`).toEqual([id])
      await racing.stop()
    }
  })

  it('D1: what was about to be accepted when the account was removed is refused', async () => {
    testbed.failpoint = async (name) => {
      if (name !== 'c1') return
      testbed.failpoint = () => {}
      await testbed.store.accounts.remove(ALICE)
      await testbed.another().removeUser(ALICE)
    }
    expect(await refusal(testbed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'unknown-user' })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
  })

  it('D1: the account is removed: what waits ends as failed, with reports; nothing comes in any more', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: ['image/*'] }))
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send({ reports: ['failure'] })
    await testbed.store.accounts.remove(ALICE)
    await testbed.pf.removeUser(ALICE)
    await quiet()
    expect(await testbed.view(id)).toMatchObject({
      state: 'failed',
      reports: [{ disposition: 'failed', because: 'removed' }],
    })
    expect(phone.ended).toBe(true)
    expect(await testbed.pf.registrations(ALICE)).toEqual([])
    expect(await refusal(testbed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'unknown-user' })
    await testbed.pf.register(BOB, PHONE, registration())
    const bobs = await testbed.open(BOB, PHONE)
    expect(bobs.events).toMatchObject([{ event: 'report', data: { message: id, because: 'removed' } }])
  })
})
