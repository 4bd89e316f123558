import { afterEach, beforeEach, expect, it } from 'vitest'
import { readRegister } from '../../src/sip/contacts.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.8\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'

let core: Core
beforeEach(async () => {
  core = await startCore()
  core.answer = (request) => (request.startsWith('ACK') ? undefined : answerTo(request, 200, SDP, 'application/sdp'))
})
afterEach(() => core.stop())

const subscribe = (contact: string): string =>
  sip('SUBSCRIBE', {
    uri: ALICE,
    by: ALICE,
    headers: ['Event: xcap-diff', 'Accept: application/xcap-diff+xml', 'Expires: 600', `Contact: ${contact}`],
    type: 'application/resource-lists+xml',
    body:
      '<resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>' +
      `<entry uri="resource-lists/users/${ALICE}/index"/></list></resource-lists>`,
  })
const sentTo = (start: string): boolean => core.sent.some((request) => request.startsWith(start))
const register = (contact: string): string =>
  `REGISTER sip:example.com SIP/2.0\r\nContact: ${contact}\r\nSupported: gruu\r\n\r\n`

it('RFC 3261 §25.1: an address in the display name of a Contact is no address', async () => {
  expect(statusOf(await core.ask(subscribe('"<foo> \\" <bar>" <sip:alice@127.0.0.9:5070>')))).toBe(200)
  await core.until(() => sentTo('NOTIFY sip:alice@127.0.0.9:5070 '))
})

it.each(['<foo>', '"<sip:a@b>"', '<http://example.com/>'])(
  'RFC 3261 §12.1.1: who could be sent nothing to %s is refused, nobody rings, and all goes on',
  async (contact) => {
    const body = register(`<sip:alice@127.0.0.9:5070>;+sip.instance="<urn:uuid:1>";expires=600`)
    await core.ask(sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body }))
    expect(statusOf(await core.ask(subscribe(contact)))).toBe(400)
    const invite = sip('INVITE', { uri: ALICE, body: SDP, type: 'application/sdp', headers: [`Contact: ${contact}`] })
    expect(statusOf(await core.ask(invite))).toBe(400)
    expect(sentTo('INVITE')).toBe(false)
    expect(statusOf(await core.ask(sip('OPTIONS')))).toBe(200)
  },
)

it('RFC 3261 §8.2.2.1: a device that registered an address of another kind keeps no other from ringing', async () => {
  for (const [device, uri] of Object.entries({
    'urn:uuid:1': 'tel:+15550100',
    'urn:uuid:2': 'sip:alice@127.0.0.9:5070',
  })) {
    const body = register(`<${uri}>;+sip.instance="<${device}>";expires=600`)
    await core.ask(sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body }))
  }
  const headers = ['Contact: <sip:bob@127.0.0.8:5070>']
  const answer = await core.ask(sip('INVITE', { uri: ALICE, body: SDP, type: 'application/sdp', headers }))
  expect(statusOf(answer)).toBe(200)
})

it('RFC 3325 §9.1: an identity in a display name is nobody’s', async () => {
  const headers = ['P-Asserted-Identity: "<sip:victim@example.com>" <sip:bob@example.com>']
  expect(statusOf(await core.ask(sip('MESSAGE', { by: '', headers, body: 'from whom?' })))).toBe(202)
  const waiting = (await core.server.alice.get(`/api/users/${ALICE}/deferred`)).json as { messages: { from: string }[] }
  expect(waiting.messages.map(({ from }) => from)).toEqual(['sip:bob@example.com'])
})

it('RFC 3261 §20.10: a registered Contact is what stands behind its display name', () => {
  const registered = readRegister(Buffer.from(register('"a <sip:x@y>; b" <sip:alice@127.0.0.9>;q=0.5')))
  expect(registered?.contacts).toEqual([{ uri: 'sip:alice@127.0.0.9', parameters: new Map([['q', '0.5']]) }])
})
