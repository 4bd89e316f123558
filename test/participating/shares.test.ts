import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE, as, Testbed, BOB, PF, PHONE, refusal, registration, submission } from './testbed.ts'

const EVE = 'sip:eve@example.com' as Xui

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
  await testbed.store.accounts.put({ xui: EVE, role: 'user', credentials: [] })
})
afterEach(() => testbed.stop())

describe('a share of a queue for each sender', () => {
  it('HOST-S10: who has filled his share keeps out himself, no other user and no participating function', async () => {
    await testbed.policy('<limits waiting-at-most="20"/>')
    for (let n = 0; n < 2; n++) await testbed.send()
    expect(await refusal(testbed.pf.accept(as(BOB), submission()))).toEqual({
      kind: 'over-quota',
      detail: '2 messages of yours wait for the recipient already, and you have no room for more.',
    })
    await testbed.send({}, as(EVE))
    // What a participating function brings counts for nobody, also where it is from him.
    for (let n = 0; n < 17; n++) await testbed.send({ from: EVE }, PF)
    expect(await refusal(testbed.pf.accept(as(EVE), submission()))).toMatchObject({ kind: 'over-quota' })
  })

  it('HOST-S10: it holds for bytes as well, and the policy says how much it is', async () => {
    await testbed.policy('<limits waiting-bytes-at-most="1000" of-one-sender="0.5"/>')
    await testbed.send({ body: Buffer.alloc(400) })
    expect(await refusal(testbed.pf.accept(as(BOB), submission({ body: Buffer.alloc(101) })))).toMatchObject({
      kind: 'over-quota',
    })
    await testbed.send({ body: Buffer.alloc(100) })
  })

  it('HOST-S10: one message may wait, however small the share is', async () => {
    await testbed.policy('<limits waiting-at-most="5" of-one-sender="0"/>')
    await testbed.send()
    expect(await refusal(testbed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'over-quota' })
    await testbed.send({}, as(EVE))
  })
})

describe('what the recipient drops', () => {
  it('HOST-S10: ends as discarded, makes room, and its sender is told what he asked to be told', async () => {
    await testbed.policy('<limits waiting-at-most="10"/>')
    const id = await testbed.send({ reports: ['failure'] })
    expect(await refusal(testbed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'over-quota' })
    await testbed.pf.drop(as(ALICE), id)
    expect(await testbed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'dropped' }],
    })
    expect(await testbed.pf.deferred(ALICE)).toEqual([])
    await testbed.send()
  })

  it('HOST-S10: nobody else may, and to him the message does not exist', async () => {
    const id = await testbed.send()
    for (const by of [as(BOB), as(EVE), PF])
      expect(await refusal(testbed.pf.drop(by, id))).toEqual({ kind: 'not-found', detail: 'There is no such message.' })
    expect(await refusal(testbed.pf.drop(as(ALICE), 'nothing'))).toMatchObject({ kind: 'not-found' })
    expect((await testbed.view(id)).state).toBe('deferred')
  })

  it('HOST-S10: what has ended cannot be dropped, and a device that was offered it may still acknowledge it', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const phone = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    expect(phone.ids()).toEqual([id])
    await testbed.pf.drop(as(ALICE), id)
    expect(await refusal(testbed.pf.drop(as(ALICE), id))).toMatchObject({ kind: 'ended' })
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect((await testbed.view(id)).state).toBe('discarded')
  })
})
