import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EmbeddedStore } from '../../src/message-store/embedded.ts'
import type { Attempted } from '../../src/participating/contracts/attempt.ts'
import type { Interworked, InterworkAttempted } from '../../src/participating/contracts/interworking.ts'
import type { MessageStore, Putting } from '../../src/participating/contracts/message-store.ts'
import type { Xui } from '../../src/names.ts'
import { queueOf } from '../../src/participating/state/queue.ts'
import { ALICE, BOB, PHONE, TABLET, Testbed, as, quiet, registration } from './testbed.ts'

const CAROL = 'sip:carol@example.com' as Xui
const HOUR = 3_600_000

let testbed: Testbed
/** What the store answers in place of doing it. */
let answers: (Attempted | 'lost' | undefined)[]
let puts: Putting[]
let mail: { readonly service: string; readonly message: Interworked }[]
let taken: Readonly<Record<string, InterworkAttempted>>
let store: MessageStore

beforeEach(async () => {
  answers = []
  puts = []
  mail = []
  taken = {}
  testbed = await Testbed.make()
  await testbed.store.accounts.put({ xui: CAROL, role: 'user', credentials: [] })
  const { homes, messages } = testbed.store
  store = new EmbeddedStore({ homes, messages, clock: testbed.clock, atMost: 10 })
  Object.assign(testbed.peers, {
    messageStore: {
      list: store.list.bind(store),
      settle: store.settle.bind(store),
      tell: store.tell.bind(store),
      async put(putting: Putting, signal: AbortSignal) {
        puts.push(putting)
        const answer = answers.shift()
        if (answer !== undefined && answer !== 'lost') return answer
        const done = await store.put(putting, signal)
        if (answer === 'lost') throw new Error('the answer was lost')
        return done
      },
    },
    interworking: {
      services: ['email', 'sms'],
      interwork: (service: string, message: Interworked) => {
        mail.push({ service, message })
        return Promise.resolve(taken[service] ?? { kind: 'done', references: [] })
      },
      start: () => {},
      close: () => Promise.resolve(),
    },
  })
})
afterEach(() => testbed.stop())

async function work(body: string, owner = ALICE): Promise<void> {
  await testbed.profile(owner, 'work', body)
  await testbed.active(owner, 'default="work"')
}
const rule = (attributes: string): string =>
  `<messages><rule id="r" ${attributes}><content-type>text/*</content-type></rule></messages>`
const forwardTo = (to: string): string => rule(`action="forward" to="${to}"`)
const stored = async () => (await store.list(ALICE, undefined, 10)).messages
const outgoing = async (owner: Xui) => queueOf(await testbed.store.homes.read(owner)).outgoing

it('INV-3: what is on its way with a message stays so when others arrive', async () => {
  answers = Array.from({ length: 6 }, () => ({ kind: 'again', because: 'not now' }))
  await work(rule('action="store"'))
  const ids = [await testbed.send(), await testbed.send(), await testbed.send()]
  expect((await outgoing(ALICE)).map(({ message }) => message)).toEqual(ids)
  await testbed.pass(HOUR)
  expect([await outgoing(ALICE), (await stored()).map(({ id }) => id).sort()]).toEqual([[], ids])
})

describe('forward', () => {
  it('U11: to one of ours it is a message of its own there, with originator and message id kept', async () => {
    await work(forwardTo(CAROL))
    const id = await testbed.send({ messageId: 'lunch', reports: ['delivery'] })
    expect(await testbed.view(id)).toMatchObject({ state: 'forwarded', reports: [] })
    const [there, ...others] = await testbed.pf.deferred(CAROL)
    expect([there, others]).toMatchObject([
      { messageId: 'lunch', from: BOB, to: CAROL, state: 'deferred', forwardedFor: [ALICE] },
      [],
    ])
    expect([await outgoing(ALICE), await testbed.pf.deferred(ALICE)]).toEqual([[], []])
  })

  it('U11: what comes round ends as failed because of the loop, and its sender is told once', async () => {
    await work(forwardTo(CAROL))
    await work(forwardTo(ALICE), CAROL)
    const id = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(id)).toMatchObject({ state: 'forwarded' })
    const waiting = queueOf(await testbed.store.homes.read(BOB)).waiting
    expect(waiting.map(({ kind }) => kind)).toEqual(['report'])
  })

  it('U16: who refuses it at his door ends the first message as failed, rejected', async () => {
    await work(forwardTo(CAROL))
    await work(rule('action="reject"'), CAROL)
    const id = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(id)).toMatchObject({
      state: 'failed',
      reports: [{ disposition: 'failed', because: 'rejected' }],
    })
  })

  it('B §5.2.2.1.3: to others there is no way without the SIP core', async () => {
    await work(forwardTo('sip:x@example.net'))
    const id = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(id)).toMatchObject({ state: 'failed', reports: [{ because: 'no-way-there' }] })
  })

  it('INV-3: killed before the result is committed, it is forwarded once', async () => {
    await work(forwardTo(CAROL))
    testbed.failpoint = (name) => (name === 'c10' ? new Promise<never>(() => {}) : undefined)
    const id = await testbed.send()
    testbed.failpoint = () => {}
    await testbed.restart()
    await testbed.pass(62_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'forwarded' })
    expect(await testbed.pf.deferred(CAROL)).toHaveLength(1)
  })

  it('U11, INV-19: a way to others that takes its time is asked once, and its answer counts', async () => {
    let asked = 0
    let answer: (attempted: Attempted) => void = () => {}
    const forward = () => new Promise<Attempted>((resolve) => ((asked += 1), (answer = resolve)))
    Object.assign(testbed.peers, { forwarding: { forward } })
    await work(forwardTo('sip:dave@other.example' as Xui))
    const sending = testbed.send()
    await expect.poll(() => asked).toBe(1)
    await testbed.pass(25_000)
    answer({ kind: 'done' })
    const id = await sending
    await expect.poll(async () => (await testbed.view(id))?.state).toBe('forwarded')
    expect(asked).toBe(1)
  })

  it('U15: one that does not answer within half a minute is given up, and asked again later', async () => {
    const given: AbortSignal[] = []
    const forward = (_to: string, _message: unknown, signal: AbortSignal): Promise<Attempted> => {
      given.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('no answer'))))
    }
    Object.assign(testbed.peers, { forwarding: { forward } })
    await work(forwardTo('sip:dave@other.example' as Xui))
    const sending = testbed.send()
    await expect.poll(() => given.length).toBe(1)
    await testbed.pass(29_000)
    expect(given.map(({ aborted }) => aborted)).toEqual([false])
    await testbed.pass(1_000)
    expect(given.map(({ aborted }) => aborted)).toEqual([true])
    const id = await sending
    await testbed.pass(6_000)
    expect(given).toHaveLength(2)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    await testbed.pass(30_000)
  })
})

describe('store', () => {
  it('P1, U1: what preferences store is in the store, and good news for who sent it', async () => {
    await work(rule('action="store"'))
    const id = await testbed.send({ reports: ['delivery'] })
    expect(await testbed.view(id)).toMatchObject({ state: 'stored', reports: [{ disposition: 'delivered' }] })
    expect(await stored()).toMatchObject([{ id, from: BOB, because: 'preference', read: false, size: 5 }])
  })

  it('INV-33: an answer that is lost makes it come again under the same id, and it is there once', async () => {
    await work(rule('action="store"'))
    answers = ['lost']
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    await testbed.pass(6000)
    expect(await testbed.view(id)).toMatchObject({ state: 'stored' })
    expect([puts.length, (await stored()).length]).toEqual([2, 1])
  })

  it('U15: tried again after 5 s, doubled, ± 20 %, and never busily', async () => {
    await work(rule('action="store"'))
    answers = Array.from({ length: 6 }, () => ({ kind: 'again', because: 'down' }))
    await testbed.send()
    await testbed.pass(3999)
    expect(puts).toHaveLength(1)
    await testbed.pass(2001)
    expect(puts).toHaveLength(2)
    await testbed.pass(1.2 * 315_000)
    expect(puts).toHaveLength(7)
    expect(await outgoing(ALICE)).toEqual([])
  })

  it('D3: what cannot be stored before its expiry ends as the preferences of then say', async () => {
    await work(`<messages><unavailable action="store"/></messages><deferred keep-for="PT1H"/>`)
    answers = Array.from({ length: 100 }, () => ({ kind: 'again', because: 'down' }))
    const id = await testbed.send({ reports: ['failure'] })
    await testbed.pass(2 * HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'discarded', reports: [{ because: 'expired' }] })
    expect(await outgoing(ALICE)).toEqual([])
  })

  it('X11, D3: what expires into the store is stored, once the store takes it', async () => {
    await work('<deferred keep-for="PT1H" on-expiry="store"/>')
    answers = [{ kind: 'again', because: 'down' }]
    const id = await testbed.send()
    await testbed.pass(HOUR)
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    await testbed.pass(10_000)
    expect(await testbed.view(id)).toMatchObject({ state: 'stored' })
    expect(await stored()).toMatchObject([{ id, because: 'expired' }])
  })

  it('X13, P4: recorded beside its delivery, and one object when it is stored later', async () => {
    await work('<storage messages="true"/><deferred keep-for="PT1H" on-expiry="store"/>')
    const id = await testbed.send()
    expect([await testbed.view(id), await stored()]).toMatchObject([
      { state: 'deferred' },
      [{ id, because: 'recorded' }],
    ])
    await testbed.pass(HOUR)
    expect([await testbed.view(id), (await stored()).length]).toMatchObject([{ state: 'stored' }, 1])
  })

  it('P4: what goes to the store for its own sake makes one store operation', async () => {
    await work(`${rule('action="store"')}<storage messages="true"/>`)
    await testbed.send()
    expect(puts).toHaveLength(1)
  })
})

describe('hand-over', () => {
  it('D12, S1: a temporary object with its expiry and action; the sender has a positive report', async () => {
    await work('<deferred mode="hand-over" keep-for="PT1H" on-expiry="store"/>')
    const id = await testbed.send({ reports: ['delivery'] })
    expect(await testbed.view(id)).toMatchObject({ state: 'handed-over', reports: [{ disposition: 'delivered' }] })
    const expires = Date.parse('2026-11-21T08:00:00Z')
    expect(await stored()).toMatchObject([{ id, because: 'hand-over', temporary: { expires, onExpiry: 'store' } }])
    await testbed.pass(HOUR)
    expect((await stored()).map(({ temporary }) => temporary)).toEqual([undefined])
  })

  it('S3, D12: extend is handed over as the last extended expiry and then; unread by then it goes', async () => {
    await work(
      '<deferred mode="hand-over" keep-for="PT1H" on-expiry="extend" extend-by="PT2H" extensions="2" then="discard"/>',
    )
    await testbed.send()
    expect(await stored()).toMatchObject([
      { temporary: { expires: Date.parse('2026-11-21T12:00:00Z'), onExpiry: 'discard' } },
    ])
    await testbed.pass(5 * HOUR)
    expect(await stored()).toEqual([])
  })

  it('U3: it goes quietly while do-not-disturb is on, with or without a known device', async () => {
    await work('<deferred mode="hand-over"/>')
    await testbed.doNotDisturb(ALICE, 'on="true"')
    await testbed.send()
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="false"')
    await testbed.pf.unregister(ALICE, PHONE)
    await testbed.send()
    expect(puts.map(({ quietly }) => quietly)).toEqual([true, true, false])
  })

  it('U3: quietly only if every device that is for messages is covered, and not for an excepted originator', async () => {
    const lists = `<devices><messages to="listed"><device id="${PHONE}"/></messages></devices>`
    await work('<deferred mode="hand-over"/>')
    for (const device of [PHONE, TABLET]) {
      await testbed.pf.register(ALICE, device, registration({ expiresIn: 1 }))
      await testbed.pass(1_000)
    }
    const phones = `<device id="${PHONE}" on="true"/>`
    await testbed.doNotDisturb(ALICE, 'on="false"', phones)
    await testbed.send()
    await work(`<deferred mode="hand-over"/>${lists}`)
    await testbed.send()
    await testbed.doNotDisturb(ALICE, 'on="false"', `${phones}<except><originator uri="${BOB}"/></except>`)
    await testbed.send()
    expect(puts.map(({ quietly }) => quietly)).toEqual([false, true, false])
  })

  it('S2: what came quietly is told when do-not-disturb goes off, by a change or by time alone', async () => {
    await work('<deferred mode="hand-over"/>')
    const told = async () =>
      (await testbed.store.journal.read(0, 1000, ALICE)).flatMap(({ record }) =>
        record.kind === 'stored' ? [record.message] : [],
      )
    await testbed.doNotDisturb(ALICE, 'on="true"')
    const first = await testbed.send()
    await testbed.pass(HOUR)
    expect([await told(), puts.length]).toEqual([[], 1])
    await testbed.doNotDisturb(ALICE, 'on="false"')
    expect(await told()).toEqual([first])
    await testbed.doNotDisturb(ALICE, 'on="true" until="2026-11-21T09:00:00Z"')
    const second = await testbed.send()
    await testbed.pass(HOUR)
    expect([await told(), await outgoing(ALICE)]).toMatchObject([
      [first, second],
      [{ task: { kind: 'settle' } }, {}],
    ])
  })

  it('U2: a registration that lapses hands nothing over', async () => {
    await testbed.profile(ALICE, 'work', '<deferred mode="hand-over"/>')
    await testbed.profile(ALICE, 'phone', `${rule('action="defer"')}<deferred mode="push"/>`)
    await testbed.active(ALICE, 'default="work"', `<device id="${PHONE}" profile="phone"/>`)
    await testbed.pf.register(ALICE, PHONE, registration({ expiresIn: 3600 }))
    const id = await testbed.send()
    await testbed.pass(2 * HOUR)
    expect([await testbed.view(id), puts]).toMatchObject([{ state: 'deferred' }, []])
  })
})

describe('interwork', () => {
  const SERVICES =
    '<interworking><service name="sms" priority="2" address="tel:+15550100"/><service name="email" ' +
    'priority="1" address="mailto:a@example.com"/></interworking>'
  const both = `<messages><unavailable action="interwork"/></messages>${SERVICES}`

  it('X15, U1: by priority; taken, it is interworked and good news', async () => {
    await work(both)
    const id = await testbed.send({ reports: ['delivery'], subject: 'Hi' })
    expect(await testbed.view(id)).toMatchObject({ state: 'interworked', reports: [{ disposition: 'delivered' }] })
    expect(mail).toMatchObject([{ service: 'email', message: { id, from: BOB, to: 'mailto:a@example.com' } }])
  })

  it('X15: what a service refuses for good the next one gets; when none is left it has failed', async () => {
    await work(both)
    taken = { email: { kind: 'never', because: 'no-such-mailbox' } }
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ state: 'interworked' })
    expect(mail.map(({ service }) => service)).toEqual(['email', 'sms'])
    taken = { ...taken, sms: { kind: 'never', because: 'barred' } }
    const other = await testbed.send({ reports: ['failure'] })
    expect(await testbed.view(other)).toMatchObject({ state: 'failed', reports: [{ because: 'barred' }] })
  })

  it('X15: without a service it has failed at once', async () => {
    await work('<messages><unavailable action="interwork"/></messages>')
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ state: 'failed' })
  })

  it('INV-19: a result of an older claim settles nothing', async () => {
    await work(both)
    let answer: (outcome: InterworkAttempted) => void = () => {}
    Object.assign(testbed.peers.interworking ?? {}, {
      interwork: () => new Promise<InterworkAttempted>((resolve) => (answer = resolve)),
    })
    const id = await testbed.send()
    const late = answer
    await testbed.pass(61_000)
    late({ kind: 'never', because: 'late' })
    await quiet()
    expect(await testbed.view(id)).toMatchObject({ state: 'delivering' })
    answer({ kind: 'done', references: [] })
    await quiet()
    expect(await testbed.view(id)).toMatchObject({ state: 'interworked' })
  })

  it('INV-4, INV-23: do-not-disturb changes nothing of it', async () => {
    await work(`${rule('action="interwork"')}${SERVICES}`)
    await testbed.pf.register(ALICE, PHONE, registration())
    await testbed.doNotDisturb(ALICE, 'on="true"')
    const id = await testbed.send()
    expect(await testbed.view(id)).toMatchObject({ state: 'interworked' })
  })
})

describe('what the sender sees', () => {
  it('U1: who did not ask sees delivered for every good end, and accepted for every other', async () => {
    await work(rule('action="store"'))
    const good = await testbed.send()
    await work(rule('action="discard"'))
    const bad = await testbed.send()
    const seen = async (id: string) => (await testbed.pf.message(as(BOB), id))?.state
    expect([await seen(good), await seen(bad)]).toEqual(['delivered', 'accepted'])
  })
})
