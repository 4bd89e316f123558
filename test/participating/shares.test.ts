import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE, as, Bed, BOB, PF, PHONE, refusal, registration, submission } from './bed.ts'

const EVE = 'sip:eve@example.com' as Xui

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
  await bed.store.accounts.put({ xui: EVE, role: 'user', credentials: [] })
})
afterEach(() => bed.stop())

describe('a share of a queue for each sender', () => {
  it('HOST-S10: who has filled his share keeps out himself, no other user and no participating function', async () => {
    await bed.policy('<limits waiting-at-most="20"/>')
    for (let n = 0; n < 2; n++) await bed.send()
    expect(await refusal(bed.pf.accept(as(BOB), submission()))).toEqual({
      kind: 'over-quota',
      detail: '2 messages of yours wait for the recipient already, and you have no room for more.',
    })
    await bed.send({}, as(EVE))
    // What a participating function brings counts for nobody, also where it is from him.
    for (let n = 0; n < 17; n++) await bed.send({ from: EVE }, PF)
    expect(await refusal(bed.pf.accept(as(EVE), submission()))).toMatchObject({ kind: 'over-quota' })
  })

  it('HOST-S10: it holds for bytes as well, and the policy says how much it is', async () => {
    await bed.policy('<limits waiting-bytes-at-most="1000" of-one-sender="0.5"/>')
    await bed.send({ body: Buffer.alloc(400) })
    expect(await refusal(bed.pf.accept(as(BOB), submission({ body: Buffer.alloc(101) })))).toMatchObject({
      kind: 'over-quota',
    })
    await bed.send({ body: Buffer.alloc(100) })
  })

  it('HOST-S10: one message may wait, however small the share is', async () => {
    await bed.policy('<limits waiting-at-most="5" of-one-sender="0"/>')
    await bed.send()
    expect(await refusal(bed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'over-quota' })
    await bed.send({}, as(EVE))
  })
})

describe('what the recipient drops', () => {
  it('HOST-S10: ends as discarded, makes room, and its sender is told what he asked to be told', async () => {
    await bed.policy('<limits waiting-at-most="10"/>')
    const id = await bed.send({ reports: ['failure'] })
    expect(await refusal(bed.pf.accept(as(BOB), submission()))).toMatchObject({ kind: 'over-quota' })
    await bed.pf.drop(as(ALICE), id)
    expect(await bed.view(id)).toMatchObject({
      state: 'discarded',
      reports: [{ disposition: 'failed', because: 'dropped' }],
    })
    expect(await bed.pf.deferred(ALICE)).toEqual([])
    await bed.send()
  })

  it('HOST-S10: nobody else may, and to him the message does not exist', async () => {
    const id = await bed.send()
    for (const by of [as(BOB), as(EVE), PF])
      expect(await refusal(bed.pf.drop(by, id))).toEqual({ kind: 'not-found', detail: 'There is no such message.' })
    expect(await refusal(bed.pf.drop(as(ALICE), 'nothing'))).toMatchObject({ kind: 'not-found' })
    expect((await bed.view(id)).state).toBe('deferred')
  })

  it('HOST-S10: what has ended cannot be dropped, and a device that was offered it may still acknowledge it', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    const phone = await bed.open(ALICE, PHONE)
    const id = await bed.send()
    expect(phone.ids()).toEqual([id])
    await bed.pf.drop(as(ALICE), id)
    expect(await refusal(bed.pf.drop(as(ALICE), id))).toMatchObject({ kind: 'ended' })
    expect(await bed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect((await bed.view(id)).state).toBe('discarded')
  })
})
