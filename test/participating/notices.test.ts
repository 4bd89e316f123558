import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, TABLET, Bed, as, registration } from './bed.ts'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
  await bed.profile(ALICE, 'work', '<deferred mode="notify"/>')
  await bed.active(ALICE, 'default="work"')
})
afterEach(() => bed.stop())

const HOUR = 3_600_000
const LASTING = registration({ expiresIn: 604_800 })
const kinds = (inbox: Awaited<ReturnType<Bed['open']>>) => inbox.events.map(({ event }) => event)

describe('what is announced', () => {
  it('D5: subject, originator, date and size go to each applicable device, and the message waits', async () => {
    await bed.doNotDisturb(ALICE, 'on="true"')
    await bed.pf.register(ALICE, PHONE, LASTING)
    await bed.pf.register(ALICE, TABLET, registration({ expiresIn: 604_800, accepts: ['audio/*'] }))
    const [phone, tablet] = [await bed.open(ALICE, PHONE), await bed.open(ALICE, TABLET)]
    const id = await bed.send({ messageId: 'm', subject: 'Lunch?' })
    expect([kinds(phone), await bed.view(id)]).toMatchObject([[], { reason: 'do-not-disturb' }])
    await bed.doNotDisturb(ALICE, 'on="false"')
    expect([kinds(phone), kinds(tablet)]).toEqual([['notice'], []])
    expect(phone.events[0]?.data).toEqual({
      messages: [
        {
          id,
          messageId: 'm',
          from: 'sip:bob@example.com',
          subject: 'Lunch?',
          contentType: 'text/plain',
          sent: '2026-11-21T07:00:00Z',
          size: 5,
          expires: '2026-11-28T07:00:00Z',
        },
      ],
      more: 0,
    })
    await bed.pass(HOUR)
    expect(kinds(phone)).toEqual(['notice'])
    expect(await bed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
  })

  it('U14: once at a registration, again at a new one; not for a refresh, an inbox opened again or a restart', async () => {
    await bed.send()
    await bed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await bed.open(ALICE, PHONE))).toEqual(['notice'])
    await bed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await bed.open(ALICE, PHONE))).toEqual([])
    await bed.restart()
    expect(kinds(await bed.open(ALICE, PHONE))).toEqual([])
    await bed.pf.unregister(ALICE, PHONE)
    await bed.pass(1000)
    await bed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await bed.open(ALICE, PHONE))).toEqual(['notice'])
  })

  it('U14: again for what still waits after each quiet period, and nothing while it lasts', async () => {
    await bed.send()
    await bed.pf.register(ALICE, PHONE, LASTING)
    const phone = await bed.open(ALICE, PHONE)
    await bed.doNotDisturb(ALICE, 'on="true"')
    await bed.send()
    expect(kinds(phone)).toEqual(['notice'])
    await bed.doNotDisturb(ALICE, 'on="false"')
    expect(phone.events.map(({ data }) => (data['messages'] as readonly unknown[]).length)).toEqual([1, 2])
  })

  it('D5, D7: what one device is fetching is on its way, and another is told of it only where it waits on', async () => {
    const id = await bed.send()
    await bed.pf.register(ALICE, PHONE, LASTING)
    await bed.pf.retrieve(ALICE, PHONE, { kind: 'all', action: 'retrieve' }, new AbortController().signal)
    expect(await bed.view(id)).toMatchObject({ state: 'delivering' })
    await bed.pf.register(ALICE, TABLET, LASTING)
    const tablet = await bed.open(ALICE, TABLET)
    expect(kinds(tablet)).toEqual([])
    await bed.pass(30_000)
    expect(kinds(tablet)).toEqual(['notice'])
  })

  it('D5, D7: what its user let go is offered to a device, and announced to none', async () => {
    const id = await bed.send()
    await bed.pf.register(ALICE, PHONE, LASTING)
    const phone = await bed.open(ALICE, PHONE)
    await bed.pf.release(as(ALICE), id, false)
    await bed.pf.register(ALICE, TABLET, LASTING)
    const tablet = await bed.open(ALICE, TABLET)
    expect([kinds(phone), kinds(tablet)]).toEqual([['notice', 'message'], []])
  })

  it('D5: of fifty it names each, and counts the others', async () => {
    for (let sent = 0; sent < 52; sent++) await bed.send({}, as(BOB))
    await bed.pf.register(ALICE, PHONE, LASTING)
    const phone = await bed.open(ALICE, PHONE)
    expect(phone.events.map(({ data }) => [(data['messages'] as readonly unknown[]).length, data['more']])).toEqual([
      [50, 2],
    ])
  })

  it('X16: who asked for privacy is named to nobody', async () => {
    await bed.send({ privacy: true })
    await bed.pf.register(ALICE, PHONE, LASTING)
    const phone = await bed.open(ALICE, PHONE)
    expect(phone.events[0]?.data).toMatchObject({ messages: [{ from: 'sip:anonymous@anonymous.invalid' }] })
  })
})
