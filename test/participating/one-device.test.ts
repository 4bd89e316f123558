/** HOST-F2: a device is one, however its name is written. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isListed } from '../../src/participating/decision/applicability.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { ALICE, Testbed, registration } from './testbed.ts'

const WRITTEN = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91ea11c'
const REGISTERED = 'URN:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91EA11C'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

describe('a device whose name is written in several ways', () => {
  it('HOST-F2, U9: is left alone under do-not-disturb, and gets the message when that ends', async () => {
    await testbed.doNotDisturb(ALICE, 'on="false"', `<device id="${WRITTEN}" on="true"/>`)
    await testbed.pf.register(ALICE, REGISTERED, registration())
    const phone = await testbed.open(ALICE, REGISTERED)
    const id = await testbed.send()
    expect(phone.ids()).toEqual([])
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect(phone.ids()).toEqual([id])
    expect(await testbed.pf.received(ALICE, WRITTEN, id)).toBe(true)
    expect((await testbed.view(id)).state).toBe('delivered')
  })

  it('HOST-F2, U9: registers once, stays as it was written first, and has one inbox', async () => {
    expect((await testbed.pf.register(ALICE, REGISTERED, registration())).kind).toBe('created')
    const first = await testbed.open(ALICE, REGISTERED)
    expect((await testbed.pf.register(ALICE, WRITTEN, registration())).kind).toBe('refreshed')
    expect((await testbed.pf.registrations(ALICE)).map(({ device }) => device)).toEqual([REGISTERED])
    const second = await testbed.open(ALICE, WRITTEN)
    expect(first.ended).toBe(true)
    const id = await testbed.send()
    expect(second.ids()).toEqual([id])
    expect(await testbed.pf.unregister(ALICE, WRITTEN)).toBe(true)
    expect([second.ended, await testbed.pf.registrations(ALICE)]).toEqual([true, []])
  })

  it('HOST-F2, U9: has its own profile, and its place in lists of devices', async () => {
    await testbed.profile(ALICE, 'quiet', `<messages><unavailable action="discard"/></messages>`)
    await testbed.profile(ALICE, 'work', '')
    await testbed.active(ALICE, 'default="work"', `<device id="${WRITTEN}" profile="quiet"/>`)
    const { homes } = testbed.store
    const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
    const { inForce } = await readPreferences({ homes, documents }, await homes.read(ALICE))
    const profiles = [REGISTERED, WRITTEN, 'urn:uuid:0'].map((device) => inForce(device).profileId)
    expect(profiles).toEqual(['quiet', 'quiet', 'work'])
    expect(isListed({ to: 'listed', devices: [WRITTEN] }, REGISTERED)).toBe(true)
    expect(isListed({ to: 'listed', devices: [WRITTEN] }, 'urn:uuid:0')).toBe(false)
  })

  it('HOST-F2, U9: a document that names it otherwise tells no end and no beginning', async () => {
    await testbed.doNotDisturb(ALICE, 'on="false"', `<device id="${WRITTEN}" on="true"/>`)
    const before = await testbed.store.journal.head()
    await testbed.doNotDisturb(ALICE, 'on="false"', `<device id="${REGISTERED}" on="true"/>`)
    const told = (await testbed.store.journal.read(before, 10)).filter(({ record }) => record.kind === 'state')
    expect(told).toEqual([])
  })
})
