import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN, ALICE, BOB, PF, PHONE, Testbed, as, refusal, registration, submission } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

describe('at the door', () => {
  it('X7: rejected by preference, nothing stays behind, also while do-not-disturb is on', async () => {
    await testbed.profile(
      ALICE,
      'work',
      '<messages><rule id="r" action="reject"><originator uri="sip:bob@example.com"/></rule></messages>',
    )
    await testbed.active(ALICE, 'default="work"')
    await testbed.doNotDisturb(ALICE, 'on="true"')
    expect(await refusal(testbed.pf.accept(as(BOB), submission({ messageId: 'm' })))).toMatchObject({
      kind: 'rejected-by-preferences',
    })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
    await testbed.profile(ALICE, 'work', '')
    expect(await testbed.pf.accept(as(BOB), submission({ messageId: 'm' }))).toMatchObject({ state: 'accepted' })
  })

  it('X8: discarded, it is answered and ends at once, with a failure report where asked for', async () => {
    await testbed.profile(ALICE, 'work', '<messages><unavailable action="discard"/></messages>')
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send({ reports: ['failure', 'delivery'] })
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'discarded' }],
    })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
  })

  it.each([
    ['<deferred><drop content-type="text/*"/></deferred>'],
    ['<deferred><keep content-type="image/*"/></deferred>'],
  ])('X9: nothing of it would be kept under %s, so it is discarded at once', async (body) => {
    await testbed.profile(ALICE, 'work', body)
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'discarded' }],
    })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
  })

  it.each([
    ['<storage messages="true"><media content-type="text/*" store="false"/></storage>'],
    ['<storage conversations="true"/>'],
    ['<deferred><drop content-type="image/*"/></deferred>'],
    ['<deferred><keep content-type="text/*"/></deferred>'],
    ['<deferred on-expiry="store"/>'],
  ])('X9, X13: %s asks for nothing of this message', async (body) => {
    await testbed.profile(ALICE, 'work', body)
    await testbed.active(ALICE, 'default="work"')
    expect(await testbed.pf.accept(as(BOB), submission())).toMatchObject({ state: 'accepted' })
  })

  it('X10: text is not made shorter, so a device that takes less does not fit', async () => {
    await testbed.profile(ALICE, 'work', '<content-adaptation><device max-bytes="4"/></content-adaptation>')
    await testbed.active(ALICE, 'default="work"')
    await testbed.pf.register(ALICE, PHONE, registration())
    expect(await testbed.view(await testbed.send())).toMatchObject({ reason: 'no-applicable-device' })
  })

  it('P6: the same message again is the same, with its state of now, also after its end; other content is a conflict', async () => {
    const first = await testbed.pf.accept(
      as(BOB),
      submission({ messageId: 'm', expires: Date.parse('2026-11-21T09:00:00Z') }),
    )
    const again = await testbed.pf.accept(
      as(BOB),
      submission({ messageId: 'm', expires: Date.parse('2026-11-21T09:00:01Z') }),
    )
    expect(again).toEqual(first)
    expect(
      await refusal(testbed.pf.accept(as(BOB), submission({ messageId: 'm', body: Buffer.from('other') }))),
    ).toMatchObject({ kind: 'conflict' })
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.open(ALICE, PHONE)
    await testbed.pf.received(ALICE, PHONE, first.id)
    expect(await testbed.pf.accept(as(BOB), submission({ messageId: 'm' }))).toEqual({
      id: first.id,
      messageId: 'm',
      state: 'delivered',
    })
    const other = await testbed.pf.accept(PF, submission({ messageId: 'm', from: 'sip:bob@example.com' }))
    expect(other.id).not.toBe(first.id)
  })

  it('P6: of two that come at once one is made, and both get it', async () => {
    const [one, two] = await Promise.all([
      testbed.pf.accept(as(BOB), submission({ messageId: 'm' })),
      testbed.pf.accept(as(BOB), submission({ messageId: 'm' })),
    ])
    expect(one?.id).toBe(two?.id)
    expect(await testbed.pf.deferred(ALICE)).toHaveLength(1)
  })

  it('design §4: ids are in the order of arrival, and a store puts each behind the others', async () => {
    const ids: string[] = []
    for (let count = 0; count < 40; count++) {
      ids.push(await testbed.send())
      await testbed.pass(count * 1_000)
    }
    expect(new Set(ids).size).toBe(40)
    expect([...ids].sort()).toEqual(ids)
  })

  it('X6: a user or administrator sends as himself, however he spells it; a participating function as anybody', async () => {
    expect(await refusal(testbed.pf.accept(as(BOB), submission({ from: 'sip:eve@example.com' })))).toMatchObject({
      kind: 'forbidden',
    })
    expect(await refusal(testbed.pf.accept(ADMIN, submission({ from: 'sip:bob@example.com' })))).toMatchObject({
      kind: 'forbidden',
    })
    const id = await testbed.send({ from: 'SIP:bob@EXAMPLE.com' })
    expect(await testbed.view(id)).toMatchObject({ from: 'sip:bob@example.com' })
    expect(await testbed.view(await testbed.send({ from: 'tel:+15550100' }, PF))).toMatchObject({
      from: 'tel:+15550100',
    })
    expect(
      await refusal(testbed.pf.accept(as(BOB), submission({ to: 'sip:nobody@example.com' as never }))),
    ).toMatchObject({
      kind: 'unknown-user',
    })
  })

  it('C7: no more than the policy lets wait; what was accepted stays', async () => {
    await testbed.policy('<limits waiting-at-most="2" waiting-bytes-at-most="12" of-one-sender="1"/>')
    const ids = [await testbed.send(), await testbed.send({ body: Buffer.from('1234567') })]
    expect(await refusal(testbed.pf.accept(as(BOB), submission({ body: Buffer.from('') })))).toMatchObject({
      kind: 'over-quota',
    })
    expect((await testbed.pf.deferred(ALICE)).map(({ id }) => id)).toEqual(ids)
    await testbed.policy('<limits waiting-at-most="3" waiting-bytes-at-most="12" of-one-sender="1"/>')
    expect(await refusal(testbed.pf.accept(as(BOB), submission({ body: Buffer.from('1') })))).toMatchObject({
      kind: 'over-quota',
    })
    expect(await testbed.pf.accept(as(BOB), submission({ body: Buffer.from('') }))).toMatchObject({ state: 'accepted' })
  })

  it('X6: who may see a message sees it, for anybody else it does not exist', async () => {
    const eve = 'sip:eve@example.com' as never
    const id = await testbed.send({ privacy: true })
    expect(await testbed.pf.message(as(BOB), id)).toEqual({
      id,
      messageId: (await testbed.view(id)).messageId,
      state: 'accepted',
    })
    expect(await testbed.pf.message(as(ALICE), id)).toMatchObject({
      from: 'sip:anonymous@anonymous.invalid',
      state: 'deferred',
    })
    expect(await testbed.pf.message(ADMIN, id)).toMatchObject({
      from: 'sip:anonymous@anonymous.invalid',
      state: 'deferred',
    })
    expect(await testbed.pf.message(as(eve), id)).toBeUndefined()
    expect(await testbed.pf.message(PF, 'none')).toBeUndefined()
  })

  it.each([
    ['text/plain', Buffer.from('gr\u00fc\u00df'), { body: 'grüß' }],
    ['application/json', Buffer.from('{}'), { body: '{}' }],
    ['image/svg+xml', Buffer.from('<svg/>'), { body: '<svg/>' }],
    ['text/plain', Buffer.from([0xef, 0xbb, 0xbf, 0x61]), { body: '\ufeffa' }],
    ['text/plain', Buffer.from([0xff]), { bodyBase64: '/w==' }],
    ['text/plain; charset=iso-8859-1', Buffer.from('a'), { bodyBase64: 'YQ==' }],
    ['image/png', Buffer.from('a'), { bodyBase64: 'YQ==' }],
  ])(
    'P5: what goes out names its target and carries the body as text where that loses nothing: %s',
    async (contentType, body, shown) => {
      await testbed.pf.register(ALICE, PHONE, registration())
      const inbox = await testbed.open(ALICE, PHONE)
      await testbed.send({ contentType, body })
      const { data } = inbox.events[0] ?? { data: {} }
      expect(data).toMatchObject({ to: 'sip:alice@example.com', ...shown })
      expect(Object.keys(data).filter((key) => key.startsWith('body'))).toEqual(Object.keys(shown))
    },
  )
})
