import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, PHONE, TABLET, Testbed, quiet, refusal, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

describe('devices', () => {
  it('D9: with none registered the message waits for a registration and the inbox', async () => {
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'no-applicable-device',
      releasedBy: ['registration', 'preference-change'],
    })
    await testbed.pf.register(ALICE, PHONE, registration())
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-reached', releasedBy: ['inbox'] })
    const inbox = await testbed.open(ALICE, PHONE)
    expect(inbox.ids()).toEqual([id])
  })

  it('D9: deferred by preference, it goes to a device whose registration began after, not to one that refreshes', async () => {
    await testbed.profile(ALICE, 'work', '<messages><available action="defer"/></messages>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pass(1000)
    await testbed.pf.register(ALICE, PHONE, registration())
    await quiet()
    expect(await testbed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'preference',
      releasedBy: ['preference-change', 'registration'],
    })
    expect(phone.ids()).toEqual([])
    await testbed.pf.register(ALICE, TABLET, registration())
    const tablet = await testbed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([id])
    expect(phone.ids()).toEqual([])
  })

  it('D14: a profile that delivers instead lets go what was deferred by preference; one that rejects makes it wait', async () => {
    await testbed.profile(ALICE, 'work', '<messages><available action="defer"/></messages>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.profile(ALICE, 'work', '<messages><available action="reject"/></messages>')
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
    await testbed.profile(ALICE, 'work', '<messages><available action="deliver"/></messages>')
    expect(phone.ids()).toEqual([id])
  })

  it('D14: a message whose addressee is no longer applicable is free to go to another device', async () => {
    await testbed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${PHONE}"/></messages></devices>`)
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-reached' })
    const tablet = await testbed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([])
    await testbed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`)
    expect(tablet.ids()).toEqual([id])
  })

  it('D10: for a message that was not reached, the end of its addressee’s registration is the next instant', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ reason: 'not-reached', next: '2026-11-21T07:01:00Z' })
  })

  it('P3: each applicable device gets it, no other; the first acknowledgement ends it and the others keep their copy', async () => {
    const third = 'urn:uuid:00000000-0000-4000-8000-000000000003'
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    await testbed.pf.register(ALICE, third, registration({ accepts: ['image/*'] }))
    const inboxes = [
      await testbed.open(ALICE, PHONE),
      await testbed.open(ALICE, TABLET),
      await testbed.open(ALICE, third),
    ]
    const id = await testbed.send()
    expect(inboxes.map((inbox) => inbox.ids())).toEqual([[id], [id], []])
    expect(await testbed.pf.received(ALICE, third, id)).toBe(false)
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
    await testbed.pass(31_000)
    expect(inboxes.map((inbox) => inbox.ids())).toEqual([[id], [id, id], []])
    expect(inboxes[1]?.events.map(({ data }) => data.attempt)).toEqual([1, 2])
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
    await testbed.pass(61_000)
    expect(inboxes[1]?.ids()).toEqual([id, id])
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('P3: an addressee whose inbox opens after the message was delivered to another still gets his copy', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pf.received(ALICE, PHONE, id)
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(false)
    const tablet = await testbed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([id])
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('INV-14: a copy that waits longer than records of ended messages are kept still has its body', async () => {
    await testbed.stop()
    testbed = await Testbed.make({ keptAfterEnd: 60_000 })
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pf.received(ALICE, PHONE, id)
    await testbed.pass(120_000)
    await testbed.store.sweep()
    const tablet = await testbed.open(ALICE, TABLET)
    expect(tablet.events).toMatchObject([{ id, data: { body: 'hello' } }])
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('X14: only devices that the profile lists for messages get them', async () => {
    await testbed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`)
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pf.register(ALICE, TABLET, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const tablet = await testbed.open(ALICE, TABLET)
    const id = await testbed.send()
    expect([phone.ids(), tablet.ids()]).toEqual([[], [id]])
  })

  it('U12: a device with an empty list of types takes nothing, one without a list everything', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ accepts: [] }))
    await testbed.pf.register(ALICE, TABLET, registration())
    const [phone, tablet] = [await testbed.open(ALICE, PHONE), await testbed.open(ALICE, TABLET)]
    const ids = [await testbed.send(), await testbed.send({ contentType: 'video/mp4' })]
    expect([phone.ids(), tablet.ids()]).toEqual([[], ids])
  })

  it('P2: connectivity with a limit of the policy makes a device inapplicable for what is larger', async () => {
    await testbed.policy('<connectivity name="roaming" max-bytes="4"/>')
    await testbed.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
    const phone = await testbed.open(ALICE, PHONE)
    const large = await testbed.send()
    const small = await testbed.send({ body: Buffer.from('hey') })
    expect(phone.ids()).toEqual([small])
    expect(await testbed.view(large)).toMatchObject({ state: 'deferred', reason: 'no-applicable-device' })
  })

  it('D10: free to go to another when every registration it was released to has ended', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 20 }))
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pf.register(ALICE, TABLET, registration())
    const tablet = await testbed.open(ALICE, TABLET)
    expect([phone.ids(), tablet.ids()]).toEqual([[id], []])
    await testbed.pass(19_999)
    expect([phone.ended, tablet.ids()]).toEqual([false, []])
    await testbed.pass(1)
    expect([phone.ended, tablet.ids()]).toEqual([true, [id]])
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  })

  it('D10: an offer to a registration that was deleted, or ended, holds up nothing: the next registration gets it at once', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    const first = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pf.unregister(ALICE, PHONE)
    expect([first.ended, await testbed.view(id)]).toMatchObject([
      true,
      { state: 'deferred', reason: 'no-applicable-device' },
    ])
    await testbed.pass(1)
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 20 }))
    const second = await testbed.open(ALICE, PHONE)
    expect(second.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 2]])
    await testbed.pass(20_000)
    expect([second.ended, await testbed.view(id)]).toMatchObject([
      true,
      { state: 'deferred', reason: 'no-applicable-device' },
    ])
    await testbed.pf.register(ALICE, PHONE, registration())
    const third = await testbed.open(ALICE, PHONE)
    expect(third.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 3]])
    expect([first.ids(), second.ids()]).toEqual([[id], [id]])
  })

  it('D11: an acknowledgement of an offer to a registration that has ended still counts', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.pf.unregister(ALICE, PHONE)
    await testbed.pass(1)
    await testbed.pf.register(ALICE, PHONE, registration())
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-acknowledged' })
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivered' })
  })

  it('C1: a refresh keeps the inbox, and says nothing of it to anybody', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const { registration: refreshed } = await testbed.pf.register(ALICE, PHONE, registration())
    expect(refreshed).toEqual({
      device: PHONE,
      began: '2026-11-21T07:00:00Z',
      expires: '2026-11-21T08:00:00Z',
      registered: true,
    })
    const id = await testbed.send()
    expect([phone.ended, phone.ids()]).toEqual([false, [id]])
  })

  it('INV-12: a device gets the oldest first, at most so many at once, and the next with each acknowledgement', async () => {
    await testbed.stop()
    testbed = await Testbed.make({ offersAtMost: 2 })
    const ids = [await testbed.send(), await testbed.send(), await testbed.send(), await testbed.send()]
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    expect(phone.ids()).toEqual(ids.slice(0, 2))
    await testbed.pf.received(ALICE, PHONE, ids[1] ?? '')
    expect(phone.ids()).toEqual(ids.slice(0, 3))
  })

  it('INV-9: not acknowledged, it is offered again under the same id, and at once through an inbox that opens', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const first = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    first.close()
    await testbed.pass(10_000)
    const second = await testbed.open(ALICE, PHONE)
    expect(second.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 2]])
    second.close()
    await testbed.pass(31_000)
    expect(await testbed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'not-acknowledged',
      releasedBy: ['inbox'],
    })
  })

  it('P3: a second inbox of a device ends the first; not registered, none opens', async () => {
    expect(await refusal(testbed.pf.openInbox(ALICE, PHONE, { send: () => {}, end: () => {} }))).toMatchObject({
      kind: 'not-registered',
    })
    await testbed.pf.register(ALICE, PHONE, registration())
    const first = await testbed.open(ALICE, PHONE)
    const second = await testbed.open(ALICE, PHONE)
    expect([first.ended, second.ended]).toEqual([true, false])
    await testbed.pf.unregister(ALICE, PHONE)
    expect(second.ended).toBe(true)
    expect(await testbed.pf.unregister(ALICE, PHONE)).toBe(false)
    expect(testbed.pf.figures().openInboxes).toBe(0)
  })

  it('C1: a device stays known after its registration ended; a new one begins anew, a refresh does not', async () => {
    const made = await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60, accepts: ['text/*'] }))
    expect(made).toEqual({
      kind: 'created',
      registration: {
        device: PHONE,
        accepts: ['text/*'],
        began: '2026-11-21T07:00:00Z',
        expires: '2026-11-21T07:01:00Z',
        registered: true,
      },
    })
    await testbed.pass(30_000)
    expect((await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))).registration.began).toBe(
      '2026-11-21T07:00:00Z',
    )
    await testbed.pass(60_000)
    expect(await testbed.pf.registrations(ALICE)).toEqual([
      { device: PHONE, began: '2026-11-21T07:00:00Z', expires: '2026-11-21T07:01:30Z', registered: false },
    ])
    expect(await testbed.pf.register(ALICE, PHONE, registration())).toMatchObject({
      kind: 'refreshed',
      registration: { began: '2026-11-21T07:01:30Z' },
    })
  })
})
