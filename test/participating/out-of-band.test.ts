import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PushAttempted, PushWork } from '../../src/participating/contracts/push.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, PHONE, TABLET, Testbed, quiet, refusal, registration } from './testbed.ts'

const HOOK = { kind: 'webhook', url: 'https://hooks.example.com/a' } as const
const WEB = { kind: 'web-push', endpoint: 'https://push.example.net/x', p256dh: 'BP', auth: 'aa' } as const
const MINUTE = 60_000

let testbed: Testbed
let pushed: PushWork[]
let answers: PushAttempted[]
/** What happens while it is pushed. */
let meanwhile: () => Promise<unknown>

beforeEach(async () => {
  testbed = await Testbed.make()
  pushed = []
  answers = []
  meanwhile = async () => {}
  Object.assign(testbed.peers, {
    push: {
      refusalOf: (address: { readonly url?: string }) => (address.url === 'http://10.0.0.1/' ? 'no' : undefined),
      webhookSecret: () => 'whsec_made',
      async push(work: PushWork) {
        pushed.push(work)
        await meanwhile()
        return answers.shift() ?? { kind: 'done' }
      },
    },
  })
})
afterEach(() => testbed.stop())

const said = () => pushed.map(({ content }) => content)
const policy = (outOfBand: string, more = '') => testbed.policy(`<notices out-of-band="${outOfBand}" ${more}/>`)
const outgoing = async () => queueOf(await testbed.store.homes.read(ALICE)).outgoing

/** It was here, and is known with its address. */
async function away(device = PHONE, fields: Parameters<typeof registration>[0] = {}): Promise<void> {
  await testbed.pf.register(ALICE, device, registration({ expiresIn: 1, push: WEB, ...fields }))
  await testbed.pass(1_000)
}

describe('push addresses', () => {
  it('D6: the secret of a webhook is shown once, the address never, and a refresh keeps both', async () => {
    const made = await testbed.pf.register(ALICE, PHONE, registration({ push: HOOK }))
    expect(made.registration).toMatchObject({ pushSecret: 'whsec_made' })
    for (const push of [HOOK, undefined]) {
      const again = await testbed.pf.register(ALICE, PHONE, registration(push === undefined ? {} : { push }))
      expect(Object.keys(again.registration).sort()).toEqual(['began', 'device', 'expires', 'registered'])
    }
    const [kept] = queueOf(await testbed.store.homes.read(ALICE)).registrations
    expect(kept?.push).toEqual({ ...HOOK, secret: 'whsec_made' })
    await testbed.pf.register(ALICE, PHONE, registration({ push: 'none' }))
    expect(queueOf(await testbed.store.homes.read(ALICE)).registrations[0]?.push).toBeUndefined()
  })

  it('D6: an address that nobody may be pushed to is refused, and nothing is another', async () => {
    const push = { kind: 'webhook', url: 'http://10.0.0.1/' } as const
    expect(await refusal(testbed.pf.register(ALICE, PHONE, registration({ push })))).toMatchObject({
      kind: 'not-of-the-format',
      errors: [{ path: '/push', message: 'no' }],
    })
    expect(await testbed.pf.registrations(ALICE)).toEqual([])
  })
})

describe('each', () => {
  beforeEach(() => policy('each'))

  it('D6: with no device registered each message is announced once, without its body', async () => {
    await away()
    const id = await testbed.send({ subject: 'Lunch?' })
    await testbed.send({ privacy: true })
    await testbed.pass(MINUTE)
    expect(said()).toEqual([
      {
        kind: 'deferred',
        messages: [{ id, from: BOB, subject: 'Lunch?', size: 5, received: (await testbed.view(id)).received }],
      },
      { kind: 'deferred', messages: [{ id: expect.any(String), size: 5, received: expect.any(String) }] },
    ])
    expect(await outgoing()).toEqual([])
  })

  it('D6: while a registered device is applicable nobody is told out of band', async () => {
    await away()
    await testbed.pf.register(ALICE, TABLET, registration())
    await testbed.doNotDisturb(ALICE, 'on="true"', `<device id="${PHONE}" on="false"/>`)
    await testbed.send()
    expect(said()).toEqual([])
    await testbed.pf.unregister(ALICE, TABLET)
    await quiet()
    expect(said()).toHaveLength(1)
  })

  it('U6: judged by its last registration, and by X14 (1)', async () => {
    await testbed.profile(ALICE, 'p', `<devices><messages to="listed"><device id="${PHONE}"/></messages></devices>`)
    await testbed.active(ALICE, 'default="p"')
    await away(PHONE, { accepts: ['text/*'] })
    await away(TABLET, { push: HOOK })
    await testbed.send({ contentType: 'image/png' })
    const text = await testbed.send()
    expect(pushed.map(({ address }) => address)).toEqual([WEB])
    expect(said()).toMatchObject([{ messages: [{ id: text }] }])
  })

  it('D4, U14: nothing while do-not-disturb covers it; when that ends it is told, and after the next one again', async () => {
    await away()
    await testbed.doNotDisturb(ALICE, 'on="true"')
    const id = await testbed.send()
    expect(said()).toEqual([])
    for (const count of [1, 2]) {
      await testbed.doNotDisturb(ALICE, 'on="false"')
      expect(said()).toHaveLength(count)
      await testbed.doNotDisturb(ALICE, 'on="true"')
    }
    expect(said()[1]).toMatchObject({ messages: [{ id }] })
  })

  it('D4: an excepted originator is announced all the same', async () => {
    await away()
    await testbed.doNotDisturb(ALICE, 'on="true"', `<except><originator uri="${BOB}"/></except>`)
    await testbed.send()
    expect(said()).toHaveLength(1)
  })

  it('D4: what could not be pushed is not tried again while do-not-disturb is on', async () => {
    answers.push({ kind: 'again', because: 'down' })
    await away()
    await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.pass(MINUTE)
    expect(said()).toHaveLength(1)
    await testbed.doNotDisturb(ALICE, 'on="false"')
    await testbed.pass(MINUTE)
    expect(said().length).toBeGreaterThan(1)
  })

  it('D6: tried again under the same id; not once the device has come, or the message is gone', async () => {
    answers.push({ kind: 'again', because: 'down' }, { kind: 'again', because: 'down' })
    await away()
    await testbed.send()
    await testbed.pass(7_000)
    expect(new Set(pushed.map(({ id }) => id)).size).toBe(1)
    expect(pushed).toHaveLength(2)
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.pass(MINUTE)
    expect([pushed.length, await outgoing()]).toEqual([2, []])
  })

  it('D10: what a device left behind when it was here is announced again once it has gone', async () => {
    await away()
    await testbed.send()
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 60 }))
    await testbed.pass(MINUTE)
    expect(said()).toHaveLength(2)
  })

  it('D6: an address that is gone is forgotten, and no other', async () => {
    answers.push({ kind: 'gone' })
    await away()
    await away(TABLET, { push: HOOK })
    await testbed.send()
    const { registrations } = queueOf(await testbed.store.homes.read(ALICE))
    expect(registrations.map(({ device, push }) => [device, push?.kind])).toEqual([
      [PHONE, undefined],
      [TABLET, 'webhook'],
    ])
  })

  it('D6: what it registers while its old address turns out to be gone is kept', async () => {
    answers.push({ kind: 'gone' })
    await away()
    meanwhile = () => testbed.pf.register(ALICE, PHONE, registration({ push: HOOK }))
    await testbed.send()
    expect(queueOf(await testbed.store.homes.read(ALICE)).registrations[0]?.push?.kind).toBe('webhook')
  })

  it('INV-3: killed while it is pushed, it is pushed again under the same id', async () => {
    await away()
    testbed.failpoint = (name) => (name === 'c10' ? new Promise<never>(() => {}) : undefined)
    await testbed.send()
    testbed.failpoint = () => {}
    await testbed.restart()
    await testbed.pass(2 * MINUTE)
    expect(new Set(pushed.map(({ id }) => id)).size).toBe(1)
    expect([pushed.length, await outgoing()]).toEqual([2, []])
  })
})

describe('summary', () => {
  it('D6, U14: how many wait and of whom, at most every so often', async () => {
    await policy('summary', 'at-most-every="PT10M"')
    await away()
    await testbed.send()
    await testbed.send()
    await testbed.send({ privacy: true })
    await testbed.pass(9 * MINUTE)
    expect(said()).toEqual([{ kind: 'deferred-summary', waiting: 1, from: [BOB] }])
    await testbed.pass(MINUTE)
    expect(said()[1]).toEqual({ kind: 'deferred-summary', waiting: 3, from: [BOB] })
    await testbed.pass(30 * MINUTE)
    expect(said()).toHaveLength(2)
    await testbed.send({ from: 'sip:bob@example.com' })
    expect(said()[2]).toEqual({ kind: 'deferred-summary', waiting: 4, from: [BOB] })
  })

  it('D6: none is none, and hand-over needs none', async () => {
    await policy('none')
    await away()
    await testbed.send()
    expect(said()).toEqual([])
  })
})
