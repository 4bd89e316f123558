import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ALICE, PHONE, Bed, registration } from './bed.ts'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
})
afterEach(() => bed.stop())

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('after a crash', () => {
  it('D1: what waited is still there and goes out; what was acknowledged does not', async () => {
    await bed.pf.register(ALICE, PHONE, registration())
    await bed.open(ALICE, PHONE)
    const first = await bed.send()
    const second = await bed.send()
    await bed.pf.received(ALICE, PHONE, first)
    await bed.restart()
    const phone = await bed.open(ALICE, PHONE)
    expect(phone.events.map(({ data }) => [data.id, data.attempt])).toEqual([[second, 2]])
    expect(await bed.pf.received(ALICE, PHONE, first)).toBe(true)
  })

  it('INV-21: what expired while nobody looked expires at the start', async () => {
    const id = await bed.send({ expires: bed.clock.now() + HOUR })
    bed.store.crash()
    bed.clock.moveTo(bed.clock.now() + DAY)
    await bed.restart()
    expect(await bed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('C7: a change of the policy that nobody was woken for is dealt with at the start', async () => {
    await bed.pf.stop()
    await bed.policy('<reports failure="false"/>')
    expect((await bed.store.homes.read('global')).next).toBe(Date.parse('2026-11-21T07:00:00Z'))
    await bed.restart()
    expect((await bed.store.homes.read('global')).next).toBeUndefined()
  })

  it('INV-32: a change that nobody was woken for is found due at the start', async () => {
    await bed.doNotDisturb(ALICE, 'on="true"')
    await bed.pf.register(ALICE, PHONE, registration())
    const id = await bed.send()
    await bed.pf.stop()
    await bed.doNotDisturb(ALICE, 'on="false"')
    await bed.restart()
    expect((await bed.open(ALICE, PHONE)).ids()).toEqual([id])
  })
})
