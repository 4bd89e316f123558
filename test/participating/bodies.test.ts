/** HOST-S7: what nobody is to get any more takes no room. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InterworkAttempted } from '../../src/participating/contracts/interworking.ts'
import { ALICE, Testbed, PHONE, TABLET, as, registration } from './testbed.ts'

const DAY = 86_400_000
const BODY = Buffer.from('hello')
const WORK =
  '<messages><unavailable action="interwork"/></messages>' +
  '<interworking><service name="email" priority="1" address="mailto:a@example.com"/></interworking>'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const bodyOf = (id: string) => testbed.store.messages.body(id)

describe('the body of a message', () => {
  it('HOST-S7: goes when the last device that was to get a copy has acknowledged it, and its record stays', async () => {
    for (const device of [PHONE, TABLET]) {
      await testbed.pf.register(ALICE, device, registration())
      await testbed.open(ALICE, device)
    }
    const id = await testbed.send()
    expect(await testbed.pf.received(ALICE, PHONE, id)).toBe(true)
    expect((await testbed.view(id)).state).toBe('delivered')
    expect(await bodyOf(id)).toEqual(new Uint8Array(BODY))
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
    expect(await bodyOf(id)).toBeUndefined()
    expect((await testbed.view(id)).state).toBe('delivered')
    expect(await testbed.pf.received(ALICE, TABLET, id)).toBe(true)
  })

  it('HOST-S7: goes when it expires, and when the recipient drops it', async () => {
    const expires = await testbed.send()
    const dropped = await testbed.send()
    await testbed.pf.drop(as(ALICE), dropped)
    expect([await bodyOf(dropped), await bodyOf(expires)]).toEqual([undefined, new Uint8Array(BODY)])
    await testbed.pass(7 * DAY)
    expect(await bodyOf(expires)).toBeUndefined()
  })

  it('HOST-S7: stays until a service outside has taken it', async () => {
    let answer: InterworkAttempted = { kind: 'again', because: 'busy' }
    const interworking = {
      services: ['email'],
      interwork: () => Promise.resolve(answer),
      start: () => {},
      close: () => Promise.resolve(),
    }
    Object.assign(testbed.peers, { interworking })
    await testbed.profile(ALICE, 'work', WORK)
    await testbed.active(ALICE, 'default="work"')
    const id = await testbed.send()
    expect(await bodyOf(id)).toEqual(new Uint8Array(BODY))
    answer = { kind: 'done', references: [] }
    await testbed.pass(DAY / 24)
    expect((await testbed.view(id)).state).toBe('interworked')
    expect(await bodyOf(id)).toBeUndefined()
  })

  it('HOST-S7: that goes between the look at a home and the look at its message is missed by nobody', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const id = await testbed.send()
    const other = testbed.another()
    const { messages } = testbed.store
    const read = messages.body
    let dropped = 0
    Object.assign(messages, {
      async body(asked: string) {
        Object.assign(messages, { body: read })
        await other.drop(as(ALICE), id)
        dropped += 1
        return read(asked)
      },
    })
    const phone = await testbed.open(ALICE, PHONE)
    expect([dropped, phone.ids(), phone.ended]).toEqual([1, [], false])
    expect((await testbed.view(id)).state).toBe('discarded')
    expect(testbed.logged).toEqual([])
  })
})
