import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PF, PHONE, TABLET, Testbed, as, quiet, registration, submission } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const HOUR = 3_600_000

describe('do-not-disturb', () => {
  it('D4: what comes in while it holds is deferred, and is at the device once it is off; acknowledged, it is delivered', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const inbox = await testbed.open(ALICE, PHONE)
    const answer = await testbed.pf.accept(
      as(BOB),
      submission({ messageId: 'm1', subject: 'Lunch', reports: ['delivery'] }),
    )
    await quiet()
    expect(answer).toEqual({ id: answer.id, messageId: 'm1', state: 'accepted' })
    expect(await testbed.view(answer.id)).toEqual({
      id: answer.id,
      messageId: 'm1',
      from: 'sip:bob@example.com',
      to: 'sip:alice@example.com',
      subject: 'Lunch',
      contentType: 'text/plain',
      size: 5,
      received: '2026-11-21T07:00:00Z',
      expires: '2026-11-28T07:00:00Z',
      state: 'deferred',
      reason: 'do-not-disturb',
      releasedBy: ['do-not-disturb-off'],
      next: '2026-11-28T07:00:00Z',
      reports: [],
    })
    expect(inbox.events).toEqual([])

    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect(inbox.events).toEqual([
      {
        event: 'message',
        id: answer.id,
        waited: true,
        data: {
          id: answer.id,
          messageId: 'm1',
          from: 'sip:bob@example.com',
          to: 'sip:alice@example.com',
          subject: 'Lunch',
          contentType: 'text/plain',
          body: 'hello',
          sent: '2026-11-21T07:00:00Z',
          attempt: 1,
          reports: ['delivery'],
        },
      },
    ])
    expect(await testbed.view(answer.id)).toMatchObject({ state: 'delivering', next: '2026-11-21T07:00:30Z' })
    expect(await testbed.pf.received(ALICE, PHONE, answer.id)).toBe(true)
    expect(await testbed.pf.received(ALICE, PHONE, answer.id)).toBe(true)
    expect(await testbed.view(answer.id)).toMatchObject({
      state: 'delivered',
      reports: [{ disposition: 'delivered', at: '2026-11-21T07:00:00Z' }],
    })
    expect(await testbed.pf.message(as(BOB), answer.id)).toEqual({ id: answer.id, messageId: 'm1', state: 'delivered' })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
  })

  it('D4: its `until` passing lets the message go with no request at all', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true" until="2026-11-21T08:00:00Z"')
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 7200 }))
    const inbox = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({
      reason: 'do-not-disturb',
      releasedBy: ['do-not-disturb-off', 'time'],
      next: '2026-11-21T08:00:00Z',
    })
    await testbed.pass(HOUR - 1)
    expect(inbox.ids()).toEqual([])
    await testbed.pass(1)
    expect(inbox.ids()).toEqual([id])
  })

  it('X19: the journal says when it starts and ends, by a change or by time alone', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true" until="2026-11-21T08:00:00Z"')
    await testbed.pass(HOUR)
    const records = (await testbed.store.journal.read(0, 100))
      .map(({ record }) => record)
      .filter(({ kind }) => kind === 'state')
    expect(records).toEqual([
      {
        kind: 'state',
        doNotDisturb: true,
        until: Date.parse('2026-11-21T08:00:00Z'),
        at: Date.parse('2026-11-21T07:00:00Z'),
      },
      { kind: 'state', doNotDisturb: false, at: Date.parse('2026-11-21T08:00:00Z') },
    ])
  })

  it('X16: an excepted originator gets through, everybody else waits', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true"', '<except><originator uri="sip:bob@example.com"/></except>')
    await testbed.pf.register(ALICE, PHONE, registration())
    const inbox = await testbed.open(ALICE, PHONE)
    const fromBob = await testbed.send()
    const fromEve = await testbed.send({ from: 'sip:eve@elsewhere.example' }, PF)
    expect(inbox.ids()).toEqual([fromBob])
    expect(await testbed.view(fromEve)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
  })

  it('P7: a device that it does not cover gets the message, and the covered one does not get it later', async () => {
    await testbed.doNotDisturb(ALICE, 'on="false"', `<device id="${TABLET}" on="true"/>`)
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const tablet = await testbed.open(ALICE, TABLET)
    const id = await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="false"')
    await testbed.pass(45_000)
    expect(phone.ids()).toEqual([id, id])
    expect(tablet.ids()).toEqual([])
  })

  it('INV-4: switched on while an offer is out, nothing more goes out, and an acknowledgement that comes after counts', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const inbox = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pass(60_000)
    expect(inbox.ids()).toEqual([id])
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'do-not-disturb' })
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  })
})
