import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, BOB, PHONE, Testbed, as, quiet, registration } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('after a crash', () => {
  it('D1: what waited is still there and goes out; what was acknowledged does not', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.open(ALICE, PHONE)
    const first = await testbed.send()
    const second = await testbed.send()
    await testbed.pf.received(ALICE, PHONE, first)
    await testbed.restart()
    const phone = await testbed.open(ALICE, PHONE)
    expect(phone.events.map(({ data }) => [data.id, data.attempt])).toEqual([[second, 2]])
    expect(await testbed.pf.received(ALICE, PHONE, first)).toBe(true)
  })

  it('INV-21: what expired while nobody looked expires at the start', async () => {
    const id = await testbed.send({ expires: testbed.clock.now() + HOUR })
    testbed.store.crash()
    testbed.clock.moveTo(testbed.clock.now() + DAY)
    await testbed.restart()
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-21: a server that starts serves while it looks for what expired', async () => {
    const id = await testbed.send({ expires: testbed.clock.now() + HOUR })
    testbed.store = testbed.store.crash()
    testbed.clock.moveTo(testbed.clock.now() + DAY)
    const { homes } = testbed.store
    const { due } = homes
    let go = (): void => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    Object.assign(homes, { due: (...asked: Parameters<typeof due>) => held.then(() => due(...asked)) })
    testbed.pf = testbed.another()
    await testbed.pf.start()
    const other = await testbed.send({ from: ALICE, to: BOB }, as(ALICE))
    expect(await testbed.view(other)).toMatchObject({ state: 'deferred' })
    expect(await testbed.view(id)).toMatchObject({ state: 'deferred' })
    go()
    await quiet()
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('C7: a change of the policy that nobody was woken for is dealt with at the start', async () => {
    await testbed.pf.stop()
    await testbed.policy('<reports failure="false"/>')
    expect((await testbed.store.homes.read('global')).next).toBe(Date.parse('2026-11-21T07:00:00Z'))
    await testbed.restart()
    expect((await testbed.store.homes.read('global')).next).toBeUndefined()
  })

  it('INV-32: a change that nobody was woken for is found due at the start', async () => {
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pf.register(ALICE, PHONE, registration())
    const id = await testbed.send()
    await testbed.pf.stop()
    await testbed.doNotDisturb(ALICE, 'on="false"')
    await testbed.restart()
    expect((await testbed.open(ALICE, PHONE)).ids()).toEqual([id])
  })
})
