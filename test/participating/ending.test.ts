import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PF, PHONE, TABLET, Bed, as, quiet, refusal, registration, submission } from './bed.ts'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
})
afterEach(() => bed.stop())

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the end of what waits', () => {
  it('D3: at its expiry, not before, it is discarded, and the sender who asked gets a failure report', async () => {
    const id = await bed.send({ reports: ['failure'] })
    await bed.pass(7 * DAY - 1)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred' })
    await bed.pass(1)
    expect(await bed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'expired', at: '2026-11-28T07:00:00Z' }],
    })
  })

  it('D3: the earliest of the message’s own expiry, keep-for and keep-at-most counts', async () => {
    await bed.policy('<limits keep-at-most="P2D"/>')
    expect(await bed.view(await bed.send())).toMatchObject({ expires: '2026-11-23T07:00:00Z' })
    expect(await bed.view(await bed.send({ expires: Date.parse('2026-11-21T08:00:00Z') }))).toMatchObject({
      expires: '2026-11-21T08:00:00Z',
    })
    await bed.profile(ALICE, 'work', '<deferred keep-for="PT36H"/>')
    await bed.active(ALICE, 'default="work"')
    expect(await bed.view(await bed.send())).toMatchObject({ expires: '2026-11-22T19:00:00Z' })
  })

  it('D3: extended as often as both the user and the provider allow, never beyond keep-at-most, then discarded', async () => {
    await bed.policy('<limits keep-at-most="PT150M" extensions-at-most="2"/>')
    await bed.profile(
      ALICE,
      'work',
      '<deferred keep-for="PT1H" on-expiry="extend" extend-by="PT1H" extensions="5" then="discard"/>',
    )
    await bed.active(ALICE, 'default="work"')
    const id = await bed.send()
    await bed.pass(HOUR)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T09:00:00Z' })
    await bed.pass(HOUR)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T09:30:00Z' })
    await bed.pass(HOUR / 2)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('HOST-A8, D3: not extended more often than the provider allows', async () => {
    await bed.policy('<limits extensions-at-most="2"/>')
    await bed.profile(
      ALICE,
      'work',
      '<deferred keep-for="PT1H" on-expiry="extend" extend-by="PT1H" extensions="5" then="discard"/>',
    )
    await bed.active(ALICE, 'default="work"')
    const id = await bed.send()
    await bed.pass(3 * HOUR - 1)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', expires: '2026-11-21T10:00:00Z' })
    await bed.pass(1)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('D2: under notify it is announced and waits, until the mode is push again', async () => {
    await bed.profile(ALICE, 'work', '<deferred keep-for="PT1H"/>')
    await bed.active(ALICE, 'default="work"')
    const id = await bed.send()
    await bed.profile(ALICE, 'work', '<deferred mode="notify" keep-for="PT1H"/>')
    await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 86_400 }))
    const phone = await bed.open(ALICE, PHONE)
    expect(phone.events.map(({ event }) => event)).toEqual(['notice'])
    expect(await bed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'preference',
      releasedBy: ['user-action', 'preference-change', 'registration'],
    })
    await bed.profile(ALICE, 'work', '<deferred mode="push" keep-for="PT1H"/>')
    expect(phone.events.map(({ event }) => event)).toEqual(['notice', 'message'])
    expect(phone.ids()[1]).toBe(id)
  })

  it('D3: notify takes no expiry away', async () => {
    await bed.profile(ALICE, 'work', '<deferred keep-for="PT1H"/>')
    await bed.active(ALICE, 'default="work"')
    const id = await bed.send()
    await bed.profile(ALICE, 'work', '<deferred mode="notify" on-expiry="discard"/>')
    await bed.pass(HOUR)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-6: while an offer is out expiry waits for it; none goes out at or after expiry', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send({ expires: Date.parse('2026-11-21T07:00:10Z') })
    await bed.pass(20_000)
    expect(await bed.view(id)).toMatchObject({ state: 'delivering' })
    await bed.pass(10_000)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
    expect(phone.ids()).toEqual([id])
    expect(await bed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-20: a clock that jumps forward expires nothing until a minute later, nor if it is set back meanwhile', async () => {
    const id = await bed.send({ expires: Date.parse('2026-11-21T08:00:00Z') })
    await bed.pass(2000)
    bed.clock.moveTo(Date.parse('2027-11-21T08:00:00Z'))
    await quiet()
    await bed.pass(59_000)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred' })
    expect(bed.logged).toHaveLength(1)
    await bed.pass(2000)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-20: a clock that is set back after a jump delays no expiry for long', async () => {
    const id = await bed.send({ expires: Date.parse('2026-11-21T07:10:00Z') })
    bed.clock.moveTo(Date.parse('2027-11-21T08:00:00Z'))
    await quiet()
    bed.clock.move(1000)
    await quiet()
    expect(bed.logged).toHaveLength(1)
    bed.clock.moveTo(Date.parse('2026-11-21T07:01:00Z'))
    await bed.send()
    await bed.pass(9 * 60_000)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded', expires: '2026-11-21T07:10:00Z' })
  })

  it('D13: bob’s report comes to his own device, waits while it is to be left alone, and is acknowledged like a message', async () => {
    await bed.doNotDisturb(BOB, 'on="true"')
    await bed.pf.register(BOB, PHONE, registration())
    const bobs = await bed.open(BOB, PHONE)
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.open(ALICE, PHONE)
    const id = await bed.send({ messageId: 'm', reports: ['delivery'] })
    await bed.pf.received(ALICE, PHONE, id)
    await quiet()
    expect(bobs.events).toEqual([])
    await bed.doNotDisturb(BOB, 'on="false"')
    const report = (await bed.view(id)).reports[0]?.id ?? ''
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
    expect(await bed.pf.deferred(BOB)).toEqual([])
    expect(await bed.pf.received(BOB, PHONE, report)).toBe(true)
    await bed.pass(40_000)
    expect(bobs.ids()).toEqual([report])
    expect(await bed.pf.received(BOB, PHONE, report)).toBe(true)
    expect(await bed.pf.received(BOB, TABLET, report)).toBe(false)
  })

  it('X14: reports go to the devices chosen for reports, whatever the rules say', async () => {
    await bed.profile(
      BOB,
      'work',
      `<messages><available action="reject"/></messages><devices><reports to="listed"><device ` +
        `id="${TABLET}"/></reports></devices>`,
    )
    await bed.active(BOB, 'default="work"')
    await bed.pf.register(BOB, PHONE, registration())
    await bed.pf.register(BOB, TABLET, registration())
    const phone = await bed.open(BOB, PHONE)
    const tablet = await bed.open(BOB, TABLET)
    await bed.profile(ALICE, 'work', '<messages><unavailable action="discard"/></messages>')
    await bed.active(ALICE, 'default="work"')
    await bed.send({ reports: ['failure'] })
    expect(phone.events).toEqual([])
    expect(tablet.events).toMatchObject([{ event: 'report', data: { disposition: 'failed', because: 'discarded' } }])
  })

  it('D13: for a sender who is not ours the report is in the journal, for the participating function that sent for him', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.open(ALICE, PHONE)
    const id = await bed.send({ from: 'sip:eve@elsewhere.example', messageId: 'm', reports: ['delivery'] }, PF)
    await bed.pf.received(ALICE, PHONE, id)
    const records = (await bed.store.journal.read(0, 100)).map(({ record }) => record)
    const [report] = (await bed.view(id)).reports
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
    const id = await bed.send({ reports: ['delivery'], expires: bed.clock.now() + 1000 })
    await bed.pass(1000)
    expect(await bed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'expired' }],
    })
  })

  it('C7: the provider may suppress failure reports', async () => {
    await bed.policy('<reports failure="false"/>')
    const id = await bed.send({ reports: ['failure'], expires: bed.clock.now() + 1000 })
    await bed.pass(1000)
    expect(await bed.view(id)).toMatchObject({ state: 'discarded', reports: [] })
  })

  it('C7: a change of the policy wakes whom it concerns', async () => {
    await bed.policy('<connectivity name="roaming" max-bytes="1"/>')
    await bed.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    expect(phone.ids()).toEqual([])
    await bed.policy('<connectivity name="roaming" max-bytes="9"/>')
    expect(phone.ids()).toEqual([id])
    expect((await bed.store.homes.read('global')).next).toBeUndefined()
  })

  it('C7: a change of the policy is not missed by a message that comes in the same moment', async () => {
    for (let turns = 0; turns < 60; turns++) {
      const racing = await Bed.make()
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
    bed.failpoint = async (name) => {
      if (name !== 'c1') return
      bed.failpoint = () => {}
      await bed.store.accounts.remove(ALICE)
      await bed.another().removeUser(ALICE)
    }
    expect(await refusal(bed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'unknown-user' })
    expect(await bed.pf.deferred(ALICE)).toEqual([])
  })

  it('D1: the account is removed: what waits ends as failed, with reports; nothing comes in any more', async () => {
    await bed.pf.register(ALICE, PHONE, registration({ accepts: ['image/*'] }))
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send({ reports: ['failure'] })
    await bed.store.accounts.remove(ALICE)
    await bed.pf.removeUser(ALICE)
    await quiet()
    expect(await bed.view(id)).toMatchObject({
      state: 'failed',
      reports: [{ disposition: 'failed', because: 'removed' }],
    })
    expect(phone.ended).toBe(true)
    expect(await bed.pf.registrations(ALICE)).toEqual([])
    expect(await refusal(bed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'unknown-user' })
    await bed.pf.register(BOB, PHONE, registration())
    const bobs = await bed.open(BOB, PHONE)
    expect(bobs.events).toMatchObject([{ event: 'report', data: { message: id, because: 'removed' } }])
  })
})
