/** What is found out of a message that waits holds until something that decides is another, and not longer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createParticipating } from '../../src/participating/create.ts'
import type { Participating } from '../../src/participating/participating.ts'
import { DEFAULT_PARTICIPATING_SETTINGS } from '../../src/participating/settings.ts'
import type { UserPreferences } from '../../src/preferences/in-force.ts'
import type { Xui } from '../../src/names.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { readPreferences } from '../../src/preferences/read.ts'
import { DocumentCache } from '../../src/xcap/document-cache.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { ALICE, as, Testbed, BOB, PF, PHONE, TABLET, quiet, refusal, registration, submission } from './testbed.ts'

let testbed: Testbed
beforeEach(async () => {
  testbed = await Testbed.make()
})
afterEach(() => testbed.stop())

const RULE = '<rule id="r" action="reject"><originator domain="nobody.example"/></rule>'
const profile = (available: string): string =>
  `<messages>${RULE}<available action="${available}"/><unavailable action="defer"/></messages>`

async function deferAll(): Promise<void> {
  await testbed.profile(ALICE, 'wait', profile('defer'))
  await testbed.active(ALICE, 'default="wait"')
}

describe('how much is looked at', () => {
  /** How often a rule's originators were compared with a sender. */
  let compared = 0
  let pf: Participating
  const last: { of?: UserPreferences; counted?: UserPreferences } = {}

  function counting(preferences: UserPreferences): UserPreferences {
    if (last.of !== preferences || last.counted === undefined) {
      last.of = preferences
      last.counted = {
        ...preferences,
        originates(originators, sender) {
          compared += 1
          return preferences.originates(originators, sender)
        },
      }
    }
    return last.counted
  }

  beforeEach(async () => {
    await deferAll()
    await testbed.stop()
    pf = makePf()
    await pf.start()
    await pf.register(ALICE, PHONE, registration())
    await pf.openInbox(ALICE, PHONE, { send: () => {}, end: () => {} })
    for (let count = 0; count < 200; count++) await pf.accept(PF, submission({ from: BOB }))
    await quiet()
  })
  afterEach(() => pf.stop())

  let drawn = 0
  function makePf(): Participating {
    const { homes, messages, leases, accounts } = testbed.store
    const documents = new DocumentCache({ xml: DEFAULT_XML_LIMITS, bytesAtMost: 1_000_000 })
    return createParticipating({
      homes,
      messages,
      leases,
      accounts,
      clock: testbed.clock,
      random: (count) => Buffer.from(`${++drawn}`.padStart(count, 'r')).subarray(0, count),
      preferencesOf: async (home) => counting(await readPreferences({ homes, documents }, home)),
      peers: {},
      settings: DEFAULT_PARTICIPATING_SETTINGS,
      log: { warn: () => {}, error: () => {} },
      failpoint: () => {},
    })
  }

  it('INV-8: with 200 waiting an arrival judges the message that came, and no other', async () => {
    compared = 0
    await pf.accept(PF, submission({ from: BOB }))
    // By the profile of the device, and by the default profile.
    expect(compared).toBe(2)
  })

  it('INV-8: so does the first arrival after a restart, when nothing was found out yet', async () => {
    await pf.stop()
    pf = makePf()
    await pf.start()
    await quiet()
    compared = 0
    await pf.accept(PF, submission({ from: BOB }))
    expect(compared).toBe(2)
    // What decides became another: it is due, and all are looked at with what comes.
    await testbed.profile(ALICE, 'wait', `<deferred mode="notify"/>${profile('defer')}`)
    expect(compared).toBe(404)
  })

  it('INV-8: with 200 waiting the end of one judges none', async () => {
    const [first] = await pf.deferred(ALICE)
    compared = 0
    await pf.drop({ xui: ALICE, role: 'user' }, first?.id ?? '')
    expect(compared).toBe(0)
  })

  it('INV-8: when the preferences are others, all 200 are judged again', async () => {
    compared = 0
    await testbed.profile(ALICE, 'wait', `<deferred mode="notify"/>${profile('defer')}`)
    expect(compared).toBe(400)
  })
})

describe('how much is read', () => {
  /** How often what waits for her was read. */
  let reads = 0

  beforeEach(async () => {
    await deferAll()
    const { read } = testbed.store.homes
    testbed.store.homes.read = (owner) => {
      if (owner === ALICE) reads += 1
      return read(owner)
    }
    await startAgain()
    for (let count = 0; count < 20; count++) await testbed.send()
    reads = 0
  })

  async function startAgain(): Promise<void> {
    await testbed.stop()
    testbed.pf = testbed.another()
    await testbed.pf.start()
    await quiet()
  }

  /** As a store does that keeps nothing of the list but itself. */
  function keepNoTotals(): void {
    const readWithout = testbed.store.homes.readWithout!
    Object.assign(testbed.store.homes, {
      async readWithout(...asked: Parameters<typeof readWithout>) {
        const { totals: _, ...home } = await readWithout(...asked)
        return home
      },
    })
  }

  it('design §4: an arrival reads none of those that wait, and stands behind them', async () => {
    const ids = [await testbed.send(), await testbed.send(), await testbed.send()]
    expect(reads).toBe(0)
    const waiting = (await testbed.pf.deferred(ALICE)).map(({ id }) => id)
    expect([waiting.length, waiting.slice(20)]).toEqual([23, ids])
  })

  it('INV-8: the totals of what more than 64 users sent are not kept', async () => {
    for (let count = 0; count < 64; count++) {
      const sender = `sip:sender${count}@example.com` as Xui
      await testbed.store.accounts.put({ xui: sender, role: 'user', credentials: [] })
      await testbed.send({}, as(sender))
      await testbed.profile(ALICE, 'other', '')
      reads = 0
      await testbed.send({}, PF)
      // Bob is one of them.
      expect(reads).toBe(count < 63 ? 0 : 1)
    }
  })

  it.each([
    ['none of them where their totals are kept', 0],
    ['all of them once where they are not', 1],
  ] as const)(
    'design §4: where somebody changed the home it reads %s, and all where it decides otherwise now',
    async (_, wanted) => {
      if (wanted === 1) keepNoTotals()
      await startAgain()
      await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
      await testbed.profile(ALICE, 'wait', `<deferred mode="notify"/>${profile('defer')}`)
      reads = 0
      await testbed.send()
      await testbed.send()
      expect(reads).toBe(wanted)
      const turns = queueOf(await testbed.store.homes.read(ALICE)).waiting.map(({ turn }) => turn)
      expect(turns.slice(-3)).toEqual([20, 22, 23])
      await testbed.pass(61_000)
      await testbed.send({ expires: testbed.clock.now() + 30_000 })
      await testbed.pass(31_000)
      expect(await testbed.pf.deferred(ALICE)).toHaveLength(22)
    },
  )

  it('D3: where something is due it reads all, so what has expired before it came is not forgotten', async () => {
    await testbed.stop()
    testbed.pf = testbed.another()
    const expires = testbed.clock.now() + 30_000
    const id = await testbed.send({ expires })
    await testbed.send()
    testbed.clock.moveTo(expires + 1_000)
    await testbed.send()
    await testbed.pf.start()
    await quiet()
    expect(await testbed.pf.deferred(ALICE)).toHaveLength(22)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('C7: it is counted with those that it does not read, also by what is kept of them', async () => {
    const elsewhere = async (): Promise<void> => {
      await testbed.profile(ALICE, 'other', '')
      reads = 0
    }
    await testbed.policy('<limits waiting-at-most="22" waiting-bytes-at-most="10000" of-one-sender="1"/>')
    await testbed.send()
    await elsewhere()
    await testbed.send()
    await elsewhere()
    expect(await refusal(testbed.send({}, PF))).toMatchObject({ kind: 'over-quota' })
    expect(reads).toBe(0)
    await testbed.policy('<limits waiting-at-most="100" waiting-bytes-at-most="115" of-one-sender="1"/>')
    await testbed.send()
    await elsewhere()
    expect(await refusal(testbed.send({}, PF))).toMatchObject({ kind: 'over-quota' })
    expect(reads).toBe(0)
    await testbed.policy('<limits waiting-at-most="230" of-one-sender="0.1"/>')
    await elsewhere()
    expect(await refusal(testbed.send())).toMatchObject({
      detail: '23 messages of yours wait for the recipient already, and you have no room for more.',
    })
    expect(reads).toBe(0)
  })
})

describe('how long it holds', () => {
  const open = async (device: string): Promise<readonly string[]> => {
    await testbed.pf.register(ALICE, device, registration())
    return (await testbed.open(ALICE, device)).ids()
  }

  it('INV-8: until do-not-disturb ends by time alone', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const inbox = await testbed.open(ALICE, PHONE)
    const end = new Date(testbed.clock.now() + 60_000).toISOString()
    await testbed.doNotDisturb(ALICE, `on="true" until="${end}"`)
    const ids = [await testbed.send(), await testbed.send()]
    expect(inbox.ids()).toEqual([])
    await testbed.pass(61_000)
    expect(inbox.ids()).toEqual(ids)
  })

  it('INV-8: until an inbox is opened, at the same registration', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    const ids = [await testbed.send(), await testbed.send()]
    const inbox = await testbed.open(ALICE, PHONE)
    expect(inbox.ids()).toEqual(ids)
  })

  it('INV-8: until a registration ends, of a device that was to have it', async () => {
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    const first = await testbed.open(ALICE, PHONE)
    const id = await testbed.send()
    await testbed.send()
    expect(first.ids()).toContain(id)
    await testbed.pass(61_000)
    expect(await open(TABLET)).toHaveLength(2)
  })

  it('INV-8: until its own expiry', async () => {
    await deferAll()
    const id = await testbed.send({ expires: testbed.clock.now() + 30_000 })
    await testbed.send()
    await testbed.pass(31_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded' })
  })

  it('INV-8: what is released and did not fit the window comes when there is room', async () => {
    await testbed.pf.register(ALICE, PHONE, registration())
    await deferAll()
    const ids: string[] = []
    for (let count = 0; count < 40; count++) ids.push(await testbed.send())
    const inbox = await testbed.open(ALICE, PHONE)
    await testbed.profile(ALICE, 'wait', profile('deliver'))
    expect(inbox.ids()).toEqual(ids.slice(0, 32))
    for (const id of ids) {
      await testbed.pf.received(ALICE, PHONE, id)
      await quiet()
    }
    expect(inbox.ids()).toEqual(ids)
  })
})
