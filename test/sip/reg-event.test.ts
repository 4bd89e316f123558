import { afterEach, beforeEach, expect, it } from 'vitest'
import { readReginfo } from '../../src/sip/reginfo.ts'
import { systemClock, type Clock } from '../../src/clock.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const CONTACT = 'sip:alice@127.0.0.9:5070'
const ALICE = 'sip:alice@example.com'

let core: Core
let later = 0
const clock: Clock = {
  now: () => systemClock.now() + later,
  at: (instant, run) => systemClock.at(instant - later, run),
}
beforeEach(async () => {
  later = 0
  core = await startCore({ XDMS_SIP_REGISTRATIONS: 'reg-event' }, { clock })
})
afterEach(() => core.stop())

const methodOf = (request: string): string => request.split(' ')[0] ?? ''
const header = (request: string, name: string): string =>
  new RegExp(`^${name}: *(.*)$`, 'im').exec(request)?.[1]?.trim() ?? ''
const subscribes = (): readonly string[] => core.sent.filter((request) => methodOf(request) === 'SUBSCRIBE')

interface Told {
  readonly state?: 'active' | 'terminated'
  readonly instance?: string
  readonly expires?: number
  readonly document?: 'full' | 'partial'
}

const reginfo = ({ state = 'active', instance, expires = 600, document = 'full' }: Told = {}): string =>
  [
    `<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="${document}">`,
    `<registration aor="${ALICE}" id="r1" state="active">`,
    `<contact id="c1" state="${state}" event="refreshed" expires="${expires}">`,
    `<uri>${CONTACT}</uri>`,
    instance === undefined ? '' : `<unknown-param name="+sip.instance">"&lt;${instance}&gt;"</unknown-param>`,
    '</contact></registration></reginfo>',
  ].join('')

let sequence = 0
const notify = (subscribe: string, body: string, subscription = 'active;expires=600'): string => {
  sequence += 1
  const tag = /;tag=(\S+)/.exec(header(subscribe, 'From'))?.[1] ?? ''
  return [
    'NOTIFY sip:registrations@127.0.0.1 SIP/2.0',
    `Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKnotify${sequence}`,
    'Max-Forwards: 70',
    `From: <${ALICE}>;tag=device`,
    `To: <sip:deferred@example.com>;tag=${tag}`,
    `Call-ID: ${header(subscribe, 'Call-ID')}`,
    `CSeq: ${sequence} NOTIFY`,
    'Event: reg',
    `Subscription-State: ${subscription}`,
    'Contact: <sip:core@127.0.0.1:5060;transport=tcp>',
    'Content-Type: application/reginfo+xml',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}
const told = async (body: string): Promise<void> => expect(statusOf(await core.ask(sip('MESSAGE', { body })))).toBe(202)
const subscribed = async (count = 1): Promise<string> => {
  await core.until(() => subscribes().length >= count)
  return subscribes()[count - 1] ?? ''
}
const registrations = async (): Promise<readonly unknown[]> =>
  (await core.server.alice.get(`/api/users/${ALICE}/registrations`)).json.registrations
const nothingWaits = async (): Promise<void> => {
  while ((await core.server.alice.get(`/api/users/${ALICE}/deferred`)).json.messages.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

it('C1, RFC 3680 §4.1: who has something that waits is watched; the device that is there gets it, by its instance', async () => {
  core.answer = (request) => (methodOf(request) === 'INVITE' ? answerTo(request, 488) : answerTo(request, 200))
  expect(core.sent).toEqual([])
  await told('hello')
  const subscribe = await subscribed()
  expect(subscribe).toMatch(/^SUBSCRIBE sip:alice@example\.com SIP\/2\.0/)
  expect(header(subscribe, 'Event')).toBe('reg')
  expect(header(subscribe, 'Accept')).toBe('application/reginfo+xml')
  expect(statusOf(await core.ask(notify(subscribe, reginfo({ instance: PHONE }))))).toBe(200)
  await nothingWaits()
  expect(await registrations()).toMatchObject([{ device: PHONE, via: 'sip', contact: CONTACT, registered: true }])
  expect(core.sent.map(methodOf)).toContain('MESSAGE')
  expect(core.sent.find((request) => methodOf(request) === 'MESSAGE')).toContain(`MESSAGE ${CONTACT} SIP/2.0`)
})

it('C1, RFC 6665 §4.1.2.4: a NOTIFY that overtakes the answer to its SUBSCRIBE is taken', async () => {
  const answers: (() => void)[] = []
  core.answer = (request) => {
    if (methodOf(request) !== 'SUBSCRIBE') return answerTo(request, methodOf(request) === 'INVITE' ? 488 : 200)
    answers.push(() => core.reply(answerTo(request, 200)))
    return undefined
  }
  await told('hello')
  const subscribe = await subscribed()
  expect(statusOf(await core.ask(notify(subscribe, reginfo({ instance: PHONE }))))).toBe(200)
  await nothingWaits()
  answers.forEach((answer) => answer())
  expect(statusOf(await core.ask(notify(subscribe, reginfo({ instance: PHONE, state: 'terminated' }))))).toBe(200)
  expect(await registrations()).toMatchObject([{ device: PHONE, registered: false }])
})

it('C1: a registrar that tells no instance leaves the contact, and what is not in a full document has ended', async () => {
  core.answer = (request) => (methodOf(request) === 'INVITE' ? answerTo(request, 488) : answerTo(request, 200))
  await told('hello')
  const subscribe = await subscribed()
  await core.ask(notify(subscribe, reginfo()))
  await nothingWaits()
  expect(await registrations()).toMatchObject([{ contact: CONTACT, registered: true }])
  const partial = '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="1" state="partial"/>'
  await core.ask(notify(subscribe, partial))
  expect(await registrations()).toMatchObject([{ registered: true }])
  await core.ask(notify(subscribe, partial.replace('partial', 'full')))
  expect(await registrations()).toMatchObject([{ registered: false }])
})

it('C1: a subscription that the core ended is made anew, while something waits', async () => {
  core.answer = (request) => answerTo(request, methodOf(request) === 'INVITE' ? 480 : 200)
  await told('hello')
  const first = await subscribed()
  expect(statusOf(await core.ask(notify(first, '', 'terminated;reason=deactivated')))).toBe(200)
  later += 6_000
  const second = await subscribed(2)
  expect(header(second, 'Call-ID')).not.toBe(header(first, 'Call-ID'))
  expect(statusOf(await core.ask(notify(first, reginfo())))).toBe(481)
})

it('C1: what comes while a subscription is being given up is watched anew', async () => {
  const held: string[] = []
  core.answer = (request) => {
    if (methodOf(request) !== 'SUBSCRIBE') return answerTo(request, methodOf(request) === 'INVITE' ? 488 : 200)
    if (header(request, 'Expires') === '0') return void held.push(request)
    // So it is renewed within half a second.
    return answerTo(request, 200).replace('Contact:', 'Expires: 1\r\nContact:')
  }
  await told('hello')
  const first = await subscribed()
  await core.ask(notify(first, reginfo({ instance: PHONE })))
  await nothingWaits()
  await core.until(() => held.length === 1)
  await core.ask(notify(first, reginfo({ instance: PHONE, state: 'terminated' })))
  await told('again')
  core.reply(answerTo(held[0] ?? '', 200))
  await core.until(() => new Set(subscribes().map((request) => header(request, 'Call-ID'))).size === 2)
})

it('C1: of two NOTIFYs that come at once the later one holds', async () => {
  core.answer = (request) => answerTo(request, methodOf(request) === 'INVITE' ? 480 : 200)
  await told('hello')
  const subscribe = await subscribed()
  const both = [reginfo({ instance: PHONE }), reginfo({ instance: PHONE, state: 'terminated' })]
  await core.ask(both.map((body) => notify(subscribe, body)).join(''))
  await expect.poll(registrations).toMatchObject([{ device: PHONE, registered: false }])
})

it('RFC 6665 §4.1.2: a SUBSCRIBE that is refused leaves no dialog behind, also where a NOTIFY had made one', async () => {
  const held: string[] = []
  core.answer = (request) => (methodOf(request) === 'SUBSCRIBE' ? void held.push(request) : answerTo(request, 480))
  await told('hello')
  const subscribe = await subscribed()
  expect(statusOf(await core.ask(notify(subscribe, reginfo({ instance: PHONE }))))).toBe(200)
  core.reply(answerTo(held[0] ?? '', 500))
  await expect.poll(async () => statusOf(await core.ask(notify(subscribe, reginfo({ instance: PHONE }))))).toBe(481)
})

it('C1: a NOTIFY that is no registration information is refused, and nothing is taken from it', async () => {
  core.answer = (request) => answerTo(request, 200)
  await told('hello')
  const subscribe = await subscribed()
  expect(statusOf(await core.ask(notify(subscribe, '<reginfo/>')))).toBe(400)
  expect(statusOf(await core.ask(notify(subscribe, 'reginfo')))).toBe(400)
  expect(await registrations()).toEqual([])
})

it('RFC 3680 §5.3, RFC 5628 §4: contacts with instance, GRUU and state are read', () => {
  const text = reginfo({ instance: PHONE }).replace(
    '</contact>',
    `<gr:pub-gruu xmlns:gr="urn:ietf:params:xml:ns:gruuinfo" uri="${ALICE};gr=${PHONE}"/></contact>`,
  )
  expect(readReginfo(Buffer.from(text))).toEqual({
    isFull: true,
    contacts: [{ uri: CONTACT, isActive: true, instance: PHONE, gruu: `${ALICE};gr=${PHONE}`, expires: 600 }],
  })
  const ended = text.replace('id="r1" state="active"', 'id="r1" state="terminated"')
  expect(readReginfo(Buffer.from(ended)).contacts[0]?.isActive).toBe(false)
})
