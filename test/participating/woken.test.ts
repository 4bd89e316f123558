import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { as, PHONE, quiet, registration, Testbed } from './testbed.ts'

const USERS = Array.from({ length: 40 }, (_, at) => `sip:user-${at}@example.com` as Xui)

let testbed: Testbed
/** Owners in the order in which something came to them. */
let reached: Xui[]
/** Lets one of those go on that have begun. */
let held: (() => void)[]
let begun: number

beforeEach(async () => {
  testbed = await Testbed.make({ sweptAtOnce: 4 })
  ;[reached, held, begun] = [[], [], 0]
  for (const user of USERS) {
    await testbed.store.accounts.put({ ...as(user), credentials: [] })
    await testbed.pf.register(user, PHONE, registration())
    await testbed.doNotDisturb(user, 'on="true"')
    await testbed.send({ to: user })
    await testbed.pf.openInbox(user, PHONE, { send: () => void reached.push(user), end: () => {} })
  }
  testbed.failpoint = (name) => {
    if (name !== 'c11') return
    begun += 1
    return new Promise((resolve) => held.push(resolve))
  }
  for (const user of USERS) await testbed.doNotDisturb(user, 'on="false"')
})
afterEach(() => testbed.stop())

describe('many who are woken in one go', () => {
  it('INV-32, D4: a few are looked at side by side, in the order in which they were woken, and none is lost', async () => {
    expect([begun, reached]).toEqual([4, []])
    held.shift()?.()
    await quiet()
    expect([begun, reached]).toEqual([5, ['sip:user-0@example.com']])
    while (held.length > 0) {
      held.shift()?.()
      await quiet()
      expect(held.length).toBeLessThanOrEqual(4)
    }
    expect(reached).toEqual(USERS)
  })

  it('INV-32: at the end nobody begins any more, and who was not looked at is due', async () => {
    const stopped = testbed.pf.stop()
    testbed.failpoint = () => {}
    for (const go of held) go()
    await stopped
    expect(begun).toBe(4)
    const due = await testbed.store.homes.due(testbed.clock.now(), 100)
    expect(due.length).toBeGreaterThanOrEqual(36)
    await testbed.restart()
    expect(await testbed.store.homes.due(testbed.clock.now(), 100)).toEqual([])
  })
})
