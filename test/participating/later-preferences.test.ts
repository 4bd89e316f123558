import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, PHONE, TABLET, Testbed, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const HOUR = 3_600_000
const EXTENDED = '<deferred on-expiry="extend" extend-by="P1D" extensions="1" then="discard"/>'
const WORK = '<deferred keep-for="PT1H"/>'
const logged = () => testbed.logged.map(({ details }) => details)

/** A message that waits for a device. */
async function waiting(): Promise<string> {
  await testbed.profile(ALICE, 'work', WORK)
  await testbed.active(ALICE, 'default="work"')
  return testbed.send({ reports: ['failure'] })
}

describe('what was accepted earlier, and now meets other preferences', () => {
  it.each([
    ['store', '<messages><unavailable action="store"/></messages>'],
    ['interwork', '<messages><unavailable action="interwork"/></messages>'],
    [
      'forward',
      '<messages><rule id="r" action="forward" to="sip:x@example.net"><content-type>text/*</content-type>' +
        '</rule></messages>',
    ],
    ['store', '<messages><available action="store"/></messages>'],
    [
      'interwork',
      '<messages><rule id="r" action="interwork"><originator uri="sip:bob@example.com"/></rule></messages>',
    ],
  ])('D3, D14: a %s of now makes it wait as `preference`, and takes no expiry away', async (_, body) => {
    const id = await waiting()
    await testbed.profile(ALICE, 'work', body + WORK)
    await testbed.pf.register(
      ALICE,
      PHONE,
      registration({ expiresIn: 86_400, ...(body.includes('<unavailable') ? { accepts: ['image/*'] } : {}) }),
    )
    const phone = await testbed.open(ALICE, PHONE)
    expect(await testbed.view(id)).toMatchObject({
      state: 'deferred',
      reason: 'preference',
      releasedBy: ['preference-change', 'registration'],
    })
    await testbed.pass(HOUR / 2)
    await testbed.pass(HOUR / 2)
    expect(phone.ids()).toEqual([])
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'expired' }],
    })
  })

  it('D14: before its expiry it goes out as soon as preferences say deliver', async () => {
    const id = await waiting()
    await testbed.profile(
      ALICE,
      'work',
      `<messages><available action="forward" to="sip:x@example.net"/></messages>${WORK}`,
    )
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    expect(await testbed.view(id)).toMatchObject({ reason: 'preference' })
    await testbed.profile(ALICE, 'work', WORK)
    expect(phone.ids()).toEqual([id])
  })

  it('D3: extended by the preferences of its expiry, whatever else they ask for, it goes out afterwards', async () => {
    const id = await waiting()
    await testbed.profile(ALICE, 'work', `<messages><unavailable action="store"/></messages>${EXTENDED}`)
    await testbed.pass(2 * HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
    await testbed.pf.register(ALICE, PHONE, registration())
    expect((await testbed.open(ALICE, PHONE)).ids()).toEqual([id])
  })

  it.each(['reject', 'discard'])(
    'D14: a %s of now is no such thing: it waits as `preference`, and is discarded at its expiry',
    async (action) => {
      const id = await waiting()
      await testbed.profile(
        ALICE,
        'work',
        `<messages><rule id="r" action="${action}"><content-type>text/*</content-type></rule></messages>${WORK}`,
      )
      expect(await testbed.view(id)).toMatchObject({ state: 'deferred', reason: 'preference' })
      await testbed.pass(HOUR)
      expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
      expect(logged()).toEqual([])
    },
  )

  it('X9: what `keep` and `drop` said counted when it was deferred; a change behind that drops nothing', async () => {
    const id = await waiting()
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT1H"><drop content-type="text/*"/></deferred>')
    expect(await testbed.view(id)).toMatchObject({ reason: 'no-applicable-device' })
    await testbed.pf.register(ALICE, PHONE, registration())
    expect((await testbed.open(ALICE, PHONE)).ids()).toEqual([id])
  })

  it('X9: to be delivered when it came and deferred only later, it meets `drop` then, and is discarded', async () => {
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT1H"><drop content-type="text/*"/></deferred>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const id = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(id)).toMatchObject({ reason: 'not-reached' })
    await testbed.doNotDisturb(ALICE, 'on="true"')
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'discarded' }],
    })
  })

  it('X9: deferred later as a whole, it is not asked again', async () => {
    await testbed.profile(ALICE, 'work', WORK)
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const id = await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.profile(ALICE, 'work', '<deferred keep-for="PT1H"><drop content-type="text/*"/></deferred>')
    expect(await testbed.view(id)).toMatchObject({ reason: 'do-not-disturb' })
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect((await testbed.open(ALICE, PHONE)).ids()).toEqual([id])
  })

  it('D2: a mode for deferred messages says nothing of one that is to be delivered and only waits for its inbox', async () => {
    await testbed.profile(ALICE, 'work', '<deferred mode="notify"/>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ reason: 'not-reached' })
    expect((await testbed.open(ALICE, PHONE)).ids()).toEqual([id])
    const other = await testbed.send()
    await testbed.pf.unregister(ALICE, PHONE)
    expect(await testbed.view(other)).toMatchObject({ reason: 'no-applicable-device' })
    await testbed.pf.register(ALICE, TABLET, registration({ accepts: ['image/*'] }))
    expect((await testbed.open(ALICE, TABLET)).ids()).toEqual([])
  })
})
