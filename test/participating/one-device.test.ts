/** HOST-F2: a device is one, however its name is written. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isListed } from '../../src/participating/decision/applicability.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { ALICE, Bed, registration } from './bed.ts'

const WRITTEN = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91ea11c'
const REGISTERED = 'URN:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91EA11C'

let bed: Bed
beforeEach(async () => {
  bed = await Bed.make()
})
afterEach(() => bed.stop())

describe('a device whose name is written in several ways', () => {
  it('HOST-F2, U9: is left alone under do-not-disturb, and gets the message when that ends', async () => {
    await bed.doNotDisturb(ALICE, 'on="false"', `<device id="${WRITTEN}" on="true"/>`)
    await bed.pf.register(ALICE, REGISTERED, registration())
    const phone = await bed.open(ALICE, REGISTERED)
    const id = await bed.send()
    expect(phone.ids()).toEqual([])
    await bed.doNotDisturb(ALICE, 'on="false"')
    expect(phone.ids()).toEqual([id])
    expect(await bed.pf.received(ALICE, WRITTEN, id)).toBe(true)
    expect((await bed.view(id)).state).toBe('delivered')
  })

  it('HOST-F2, U9: registers once, stays as it was written first, and has one inbox', async () => {
    expect((await bed.pf.register(ALICE, REGISTERED, registration())).kind).toBe('created')
    const first = await bed.open(ALICE, REGISTERED)
    expect((await bed.pf.register(ALICE, WRITTEN, registration())).kind).toBe('refreshed')
    expect((await bed.pf.registrations(ALICE)).map(({ device }) => device)).toEqual([REGISTERED])
    const second = await bed.open(ALICE, WRITTEN)
    expect(first.ended).toBe(true)
    const id = await bed.send()
    expect(second.ids()).toEqual([id])
    expect(await bed.pf.unregister(ALICE, WRITTEN)).toBe(true)
    expect([second.ended, await bed.pf.registrations(ALICE)]).toEqual([true, []])
  })

  it('HOST-F2, U9: has its own profile, and its place in lists of devices', async () => {
    await bed.profile(ALICE, 'quiet', `<messages><unavailable action="discard"/></messages>`)
    await bed.profile(ALICE, 'work', '')
    await bed.active(ALICE, 'default="work"', `<device id="${WRITTEN}" profile="quiet"/>`)
    const { homes } = bed.store
    const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
    const { inForce } = await readPreferences({ homes, documents }, await homes.read(ALICE))
    const profiles = [REGISTERED, WRITTEN, 'urn:uuid:0'].map((device) => inForce(device).profileId)
    expect(profiles).toEqual(['quiet', 'quiet', 'work'])
    expect(isListed({ to: 'listed', devices: [WRITTEN] }, REGISTERED)).toBe(true)
    expect(isListed({ to: 'listed', devices: [WRITTEN] }, 'urn:uuid:0')).toBe(false)
  })

  it('HOST-F2, U9: a document that names it otherwise tells no end and no beginning', async () => {
    await bed.doNotDisturb(ALICE, 'on="false"', `<device id="${WRITTEN}" on="true"/>`)
    const before = await bed.store.journal.head()
    await bed.doNotDisturb(ALICE, 'on="false"', `<device id="${REGISTERED}" on="true"/>`)
    const told = (await bed.store.journal.read(before, 10)).filter(({ record }) => record.kind === 'state')
    expect(told).toEqual([])
  })
})
