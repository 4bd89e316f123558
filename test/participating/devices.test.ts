import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, PHONE, TABLET, Bed, quiet, refusal, registration } from './bed.ts'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
})
afterEach(() => bed.stop())

describe('devices', () => {
  it('D9: with none registered the message waits for a registration and the inbox', async () => {
    const id = await bed.send()
    expect(await bed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'no-applicable-device',
      releasedBy: ['registration', 'preference-change'],
    })
    await bed.pf.register(ALICE, PHONE, registration())
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-reached', releasedBy: ['inbox'] })
    const inbox = await bed.open(ALICE, PHONE)
    expect(inbox.ids()).toEqual([id])
  })

  it('D9: deferred by preference, it goes to a device whose registration began after, not to one that refreshes', async () => {
    await bed.profile(ALICE, 'work', '<messages><available action="defer"/></messages>')
    await bed.active(ALICE, 'default="work"')
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pass(1000)
    await bed.pf.register(ALICE, PHONE, registration())
    await quiet()
    expect(await bed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'preference',
      releasedBy: ['preference-change', 'registration'],
    })
    expect(phone.ids()).toEqual([])
    await bed.pf.register(ALICE, TABLET, registration())
    const tablet = await bed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([id])
    expect(phone.ids()).toEqual([])
  })

  it('D14: a profile that delivers instead lets go what was deferred by preference; one that rejects makes it wait', async () => {
    await bed.profile(ALICE, 'work', '<messages><available action="defer"/></messages>')
    await bed.active(ALICE, 'default="work"')
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.profile(ALICE, 'work', '<messages><available action="reject"/></messages>')
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
    await bed.profile(ALICE, 'work', '<messages><available action="deliver"/></messages>')
    expect(phone.ids()).toEqual([id])
  })

  it('D14: a message whose addressee is no longer applicable is free to go to another device', async () => {
    await bed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${PHONE}"/></messages></devices>`)
    await bed.active(ALICE, 'default="work"')
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.pf.register(ALICE, TABLET, registration())
    const id = await bed.send()
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-reached' })
    const tablet = await bed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([])
    await bed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`)
    expect(tablet.ids()).toEqual([id])
  })

  it('D10: for a message that was not reached, the end of its addressee’s registration is the next instant', async () => {
    await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    const id = await bed.send()
    expect(await bed.view(id)).toMatchObject({ reason: 'not-reached', next: '2026-11-21T07:01:00Z' })
  })

  it('P3: each applicable device gets it, no other; the first acknowledgement ends it and the others keep their copy', async () => {
    const third = 'urn:uuid:00000000-0000-4000-8000-000000000003'
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.pf.register(ALICE, TABLET, registration())
    await bed.pf.register(ALICE, third, registration({ accepts: ['image/*'] }))
    const inboxes = [await bed.open(ALICE, PHONE), await bed.open(ALICE, TABLET), await bed.open(ALICE, third)]
    const id = await bed.send()
    expect(inboxes.map((inbox) => inbox.ids())).toEqual([[id], [id], []])
    expect(await bed.pf.received(ALICE, third, id)).toBe(false)
    expect(await bed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await bed.view(id)).toMatchObject({ state: 'delivered' })
    await bed.pass(31_000)
    expect(inboxes.map((inbox) => inbox.ids())).toEqual([[id], [id, id], []])
    expect(inboxes[1]?.events.map(({ data }) => data.attempt)).toEqual([1, 2])
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(true)
    await bed.pass(61_000)
    expect(inboxes[1]?.ids()).toEqual([id, id])
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('P3: an addressee whose inbox opens after the message was delivered to another still gets his copy', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.pf.register(ALICE, TABLET, registration())
    await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pf.received(ALICE, PHONE, id)
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(false)
    const tablet = await bed.open(ALICE, TABLET)
    expect(tablet.ids()).toEqual([id])
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(true)
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('INV-14: a copy that waits longer than records of ended messages are kept still has its body', async () => {
    await bed.stop()
    bed = await Bed.make({ keptAfterEnd: 60_000 })
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.pf.register(ALICE, TABLET, registration())
    await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pf.received(ALICE, PHONE, id)
    await bed.pass(120_000)
    await bed.store.sweep()
    const tablet = await bed.open(ALICE, TABLET)
    expect(tablet.events).toMatchObject([{ id, data: { body: 'hello' } }])
    expect(await bed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('X14: only devices that the profile lists for messages get them', async () => {
    await bed.profile(ALICE, 'work', `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`)
    await bed.active(ALICE, 'default="work"')
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.pf.register(ALICE, TABLET, registration())
    const phone = await bed.open(ALICE, PHONE)
    const tablet = await bed.open(ALICE, TABLET)
    const id = await bed.send()
    expect([phone.ids(), tablet.ids()]).toEqual([[], [id]])
  })

  it('U12: a device with an empty list of types takes nothing, one without a list everything', async () => {
    await bed.pf.register(ALICE, PHONE, registration({ accepts: [] }))
    await bed.pf.register(ALICE, TABLET, registration())
    const [phone, tablet] = [await bed.open(ALICE, PHONE), await bed.open(ALICE, TABLET)]
    const ids = [await bed.send(), await bed.send({ contentType: 'video/mp4' })]
    expect([phone.ids(), tablet.ids()]).toEqual([[], ids])
  })

  it('P2: connectivity with a limit of the policy makes a device inapplicable for what is larger', async () => {
    await bed.policy('<connectivity name="roaming" max-bytes="4"/>')
    await bed.pf.register(ALICE, PHONE, registration({ connectivity: 'roaming' }))
    const phone = await bed.open(ALICE, PHONE)
    const large = await bed.send()
    const small = await bed.send({ body: Buffer.from('hey') })
    expect(phone.ids()).toEqual([small])
    expect(await bed.view(large)).toMatchObject({ state: 'deferred', reason: 'no-applicable-device' })
  })

  it('D10: free to go to another when every registration it was released to has ended', async () => {
    await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 20 }))
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pf.register(ALICE, TABLET, registration())
    const tablet = await bed.open(ALICE, TABLET)
    expect([phone.ids(), tablet.ids()]).toEqual([[id], []])
    await bed.pass(19_999)
    expect([phone.ended, tablet.ids()]).toEqual([false, []])
    await bed.pass(1)
    expect([phone.ended, tablet.ids()]).toEqual([true, [id]])
    expect(await bed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await bed.view(id)).toMatchObject({ state: 'delivered' })
  })

  it('D10: an offer to a registration that was deleted, or ended, holds up nothing: the next registration gets it at once', async () => {
    await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    const first = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pf.unregister(ALICE, PHONE)
    expect([first.ended, await bed.view(id)]).toMatchObject([
      true,
      { state: 'deferred', reason: 'no-applicable-device' },
    ])
    await bed.pass(1)
    await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 20 }))
    const second = await bed.open(ALICE, PHONE)
    expect(second.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 2]])
    await bed.pass(20_000)
    expect([second.ended, await bed.view(id)]).toMatchObject([
      true,
      { state: 'deferred', reason: 'no-applicable-device' },
    ])
    await bed.pf.register(ALICE, PHONE, registration())
    const third = await bed.open(ALICE, PHONE)
    expect(third.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 3]])
    expect([first.ids(), second.ids()]).toEqual([[id], [id]])
  })

  it('D11: an acknowledgement of an offer to a registration that has ended still counts', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.open(ALICE, PHONE)
    const id = await bed.send()
    await bed.pf.unregister(ALICE, PHONE)
    await bed.pass(1)
    await bed.pf.register(ALICE, PHONE, registration())
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-acknowledged' })
    expect(await bed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect(await bed.view(id)).toMatchObject({ state: 'delivered' })
  })

  it('C1: a refresh keeps the inbox, and says nothing of it to anybody', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    const { registration: refreshed } = await bed.pf.register(ALICE, PHONE, registration())
    expect(refreshed).toEqual({
      device: PHONE,
      began: '2026-11-21T07:00:00Z',
      expires: '2026-11-21T08:00:00Z',
      registered: true,
    })
    const id = await bed.send()
    expect([phone.ended, phone.ids()]).toEqual([false, [id]])
  })

  it('INV-12: a device gets the oldest first, at most so many at once, and the next with each acknowledgement', async () => {
    await bed.stop()
    bed = await Bed.make({ offersAtMost: 2 })
    const ids = [await bed.send(), await bed.send(), await bed.send(), await bed.send()]
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    expect(phone.ids()).toEqual(ids.slice(0, 2))
    await bed.pf.received(ALICE, PHONE, ids[1] ?? '')
    expect(phone.ids()).toEqual(ids.slice(0, 3))
  })

  it('INV-9: not acknowledged, it is offered again under the same id, and at once through an inbox that opens', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    const first = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    first.close()
    await bed.pass(10_000)
    const second = await bed.open(ALICE, PHONE)
    expect(second.events.map(({ data }) => [data.id, data.attempt])).toEqual([[id, 2]])
    second.close()
    await bed.pass(31_000)
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'not-acknowledged', releasedBy: ['inbox'] })
  })

  it('P3: a second inbox of a device ends the first; not registered, none opens', async () => {
    expect(await refusal(bed.pf.openInbox(ALICE, PHONE, { send: () => {}, end: () => {} }))).toMatchObject({
      kind: 'not-registered',
    })
    await bed.pf.register(ALICE, PHONE, registration())
    const first = await bed.open(ALICE, PHONE)
    const second = await bed.open(ALICE, PHONE)
    expect([first.ended, second.ended]).toEqual([true, false])
    await bed.pf.unregister(ALICE, PHONE)
    expect(second.ended).toBe(true)
    expect(await bed.pf.unregister(ALICE, PHONE)).toBe(false)
    expect(bed.pf.figures().openInboxes).toBe(0)
  })

  it('C1: a device stays known after its registration ended; a new one begins anew, a refresh does not', async () => {
    const made = await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 60, accepts: ['text/*'] }))
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
    await bed.pass(30_000)
    expect((await bed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))).registration.began).toBe(
      '2026-11-21T07:00:00Z',
    )
    await bed.pass(60_000)
    expect(await bed.pf.registrations(ALICE)).toEqual([
      { device: PHONE, began: '2026-11-21T07:00:00Z', expires: '2026-11-21T07:01:30Z', registered: false },
    ])
    expect(await bed.pf.register(ALICE, PHONE, registration())).toMatchObject({
      kind: 'refreshed',
      registration: { began: '2026-11-21T07:01:30Z' },
    })
  })
})
