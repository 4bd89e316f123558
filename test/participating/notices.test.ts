import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, TABLET, Testbed, as, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  await testbed.profile(ALICE, 'work', '<deferred mode="notify"/>')
  await testbed.active(ALICE, 'default="work"')
})
afterEach(() => testbed.stop())

const HOUR = 3_600_000
const LASTING = registration({ expiresIn: 604_800 })
const kinds = (inbox: Awaited<ReturnType<Testbed['open']>>) => inbox.events.map(({ event }) => event)

describe('what is announced', () => {
  it('D5: subject, originator, date and size go to each applicable device, and the message waits', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pf.register(ALICE, PHONE, LASTING)
    await testbed.pf.register(ALICE, TABLET, registration({ expiresIn: 604_800, accepts: ['audio/*'] }))
    const [phone, tablet] = [await testbed.open(ALICE, PHONE), await testbed.open(ALICE, TABLET)]
    const id = await testbed.send({ messageId: 'm', subject: 'Lunch?' })
    expect([kinds(phone), await testbed.view(id)]).toMatchObject([[], { reason: 'do-not-disturb' }])
    await testbed.doNotDisturb(ALICE, 'on="false"')
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
    await testbed.pass(HOUR)
    expect(kinds(phone)).toEqual(['notice'])
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
  })

  it('X14: a device that its profile does not list for messages is told of none', async () => {
    const listed = `<devices><messages to="listed"><device id="${TABLET}"/></messages></devices>`
    await testbed.profile(ALICE, 'work', `<deferred mode="notify"/>${listed}`)
    await testbed.send()
    for (const device of [PHONE, TABLET]) await testbed.pf.register(ALICE, device, LASTING)
    const [phone, tablet] = [await testbed.open(ALICE, PHONE), await testbed.open(ALICE, TABLET)]
    expect([kinds(phone), kinds(tablet)]).toEqual([[], ['notice']])
  })

  it('X17: unset, the mode of the policy decides; his own goes before it', async () => {
    await testbed.policy('<defaults><deferred xmlns="urn:cpm-xdms:profile:1" mode="notify"/></defaults>')
    await testbed.profile(ALICE, 'unset', '')
    await testbed.profile(ALICE, 'own', '<deferred mode="push"/>')
    for (const [name, came] of [
      ['unset', ['notice']],
      ['own', ['message']],
    ] as const) {
      await testbed.active(ALICE, `default="${name}"`)
      const id = await testbed.send()
      await testbed.pf.register(ALICE, PHONE, LASTING)
      expect([name, kinds(await testbed.open(ALICE, PHONE))]).toEqual([name, came])
      await testbed.pf.drop(as(ALICE), id)
      await testbed.pf.unregister(ALICE, PHONE)
    }
  })

  it('U14: once at a registration, again at a new one; not for a refresh, an inbox opened again or a restart', async () => {
    await testbed.send()
    await testbed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await testbed.open(ALICE, PHONE))).toEqual(['notice'])
    await testbed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await testbed.open(ALICE, PHONE))).toEqual([])
    await testbed.restart()
    expect(kinds(await testbed.open(ALICE, PHONE))).toEqual([])
    await testbed.pf.unregister(ALICE, PHONE)
    await testbed.pass(1000)
    await testbed.pf.register(ALICE, PHONE, LASTING)
    expect(kinds(await testbed.open(ALICE, PHONE))).toEqual(['notice'])
  })

  it('U14: again for what still waits after each quiet period, and nothing while it lasts', async () => {
    await testbed.send()
    await testbed.pf.register(ALICE, PHONE, LASTING)
    const phone = await testbed.open(ALICE, PHONE)
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.send()
    expect(kinds(phone)).toEqual(['notice'])
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect(phone.events.map(({ data }) => (data['messages'] as readonly unknown[]).length)).toEqual([1, 2])
  })

  it('D5, D7: what one device is fetching is on its way, and another is told of it only where it waits on', async () => {
    const id = await testbed.send()
    await testbed.pf.register(ALICE, PHONE, LASTING)
    await testbed.pf.retrieve(ALICE, PHONE, { kind: 'all', action: 'retrieve' }, new AbortController().signal)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    await testbed.pf.register(ALICE, TABLET, LASTING)
    const tablet = await testbed.open(ALICE, TABLET)
    expect(kinds(tablet)).toEqual([])
    await testbed.pass(30_000)
    expect(kinds(tablet)).toEqual(['notice'])
  })

  it('D5, D7: what its user let go is offered to a device, and announced to none', async () => {
    const id = await testbed.send()
    await testbed.pf.register(ALICE, PHONE, LASTING)
    const phone = await testbed.open(ALICE, PHONE)
    await testbed.pf.release(as(ALICE), id, false)
    await testbed.pf.register(ALICE, TABLET, LASTING)
    const tablet = await testbed.open(ALICE, TABLET)
    expect([kinds(phone), kinds(tablet)]).toEqual([['notice', 'message'], []])
  })

  it('D5: of fifty it names each, and counts the others', async () => {
    for (let sent = 0; sent < 52; sent++) await testbed.send({}, as(BOB))
    await testbed.pf.register(ALICE, PHONE, LASTING)
    const phone = await testbed.open(ALICE, PHONE)
    expect(phone.events.map(({ data }) => [(data['messages'] as readonly unknown[]).length, data['more']])).toEqual([
      [50, 2],
    ])
  })

  it('X16: who asked for privacy is named to nobody', async () => {
    await testbed.send({ privacy: true })
    await testbed.pf.register(ALICE, PHONE, LASTING)
    const phone = await testbed.open(ALICE, PHONE)
    expect(phone.events[0]?.data).toMatchObject({ messages: [{ from: 'sip:anonymous@anonymous.invalid' }] })
  })
})
