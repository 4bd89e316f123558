import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const ALICE = 'sip:alice@example.com'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const TABLET = 'urn:uuid:00000000-0000-1000-8000-00000000000b'

let core: Core
beforeEach(async () => {
  core = await startCore({ XDMS_SIP_SESSIONS_OF_USER: '2' })
  core.answer = (request) =>
    request.startsWith('ACK') ? undefined : answerTo(request, 200, answerSdp, 'application/sdp')
})
afterEach(() => core.stop())

const answerSdp = 'v=0\r\no=- 2 2 IN IP4 127.0.0.9\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n'
const offer = (...media: readonly string[]): string =>
  [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.8',
    's=-',
    't=0 0',
    ...media.map((type, at) => `m=${type} ${4000 + at} RTP/AVP 0`),
    '',
  ].join('\r\n')
const invite = (body: string, headers: readonly string[] = []): string =>
  sip('INVITE', {
    uri: ALICE,
    body,
    type: 'application/sdp',
    headers: ['Contact: <sip:bob@127.0.0.8:5070>', ...headers],
  })

async function registered(...devices: readonly string[]): Promise<void> {
  for (const device of devices) {
    const contact = `Contact: <sip:alice@127.0.0.9:5070>;+sip.instance="<${device}>";expires=600`
    const body = `REGISTER sip:example.com SIP/2.0\r\n${contact}\r\nSupported: gruu\r\n\r\n`
    expect(statusOf(await core.ask(sip('REGISTER', { uri: ALICE, by: '', type: 'message/sip', body })))).toBe(200)
  }
}

async function prefer(preferences: object): Promise<void> {
  const profile = { id: 'work', displayNames: [{ text: 'Work' }], ...preferences }
  const put = await core.server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)
  expect(put.status, put.text).toBeLessThan(300)
  const active = await core.server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })
  expect(active.status, active.text).toBeLessThan(300)
}

const invited = (): readonly string[] => core.sent.filter((request) => request.startsWith('INVITE'))
const portsIn = (request: string): readonly string[] =>
  [...request.matchAll(/^m=\S+ (\d+)/gm)].map(([, port = '']) => port)

/** The next request of the caller in the dialog that an answer made. */
function within(request: string, answer: string, method: string, sequence: number, body = ''): string {
  const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? ''
  return request
    .replace(/^INVITE/, method)
    .replace(/^To: .*$/m, to)
    .replace('CSeq: 1 INVITE', `CSeq: ${sequence} ${method}`)
    .replace(/branch=\S+/, `branch=z9hG4bKin${sequence}${method}`)
    .replace(/Content-Length: \d+\r\n\r\n[^]*$/, `Content-Length: ${body.length}\r\n\r\n${body}`)
}

describe('invitations', () => {
  it('X12: nobody is there: 480; nobody of ours: 404', async () => {
    expect(statusOf(await core.ask(invite(offer('audio'))))).toBe(480)
    expect(statusOf(await core.ask(invite(offer('audio')).replaceAll('alice@', 'nobody@')))).toBe(404)
    expect(invited()).toEqual([])
  })

  it('X12, X14: only the listed devices ring, and the answer of the device is the answer', async () => {
    await prefer({ devices: { invitations: { to: 'listed', devices: [TABLET] } } })
    await registered(PHONE, TABLET)
    const answer = await core.ask(invite(offer('audio')))
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('m=audio 5000')
    expect(invited().map((request) => request.split(' ')[1])).toEqual([`${ALICE};gr=${TABLET}`])
    expect(invited()[0]).toContain('P-Asserted-Identity: <sip:bob@example.com>')
    expect(invited()[0]).not.toContain('Answer-Mode')
  })

  it('X12: medium by medium: what is refused has port 0, what is accepted need not ask', async () => {
    const media = [
      { type: 'audio', answer: 'accept' },
      { type: 'video', answer: 'reject' },
    ]
    await prefer({ sessions: { media } })
    await registered(PHONE)
    expect(statusOf(await core.ask(invite(offer('audio', 'video'))))).toBe(200)
    expect(portsIn(invited()[0] ?? '')).toEqual(['4000', '0'])
    expect(invited()[0]).toContain('Answer-Mode: Auto')
    expect(statusOf(await core.ask(invite(offer('video'))))).toBe(603)
  })

  it('X12: media that are added meet the same decision; those that were there stay', async () => {
    await prefer({ sessions: { media: [{ type: 'video', answer: 'reject' }] } })
    await registered(PHONE)
    const request = invite(offer('audio'))
    const answer = await core.ask(request)
    core.write(within(request, answer, 'ACK', 1))
    expect(statusOf(await core.ask(within(request, answer, 'INVITE', 2, offer('audio', 'text', 'video'))))).toBe(200)
    expect(portsIn(invited()[1] ?? '')).toEqual(['4000', '4001', '0'])
    await prefer({ sessions: { otherwise: 'reject' } })
    expect(statusOf(await core.ask(within(request, answer, 'INVITE', 3, offer('audio', 'text'))))).toBe(200)
    expect(portsIn(invited()[2] ?? '')).toEqual(['4000', '4001'])
    expect(statusOf(await core.ask(within(request, answer, 'BYE', 4)))).toBe(200)
    await core.until(() => core.sent.some((sent) => sent.startsWith('BYE')))
  })

  it('X12: do-not-disturb counts as unavailable', async () => {
    await registered(PHONE)
    await core.server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    expect(statusOf(await core.ask(invite(offer('audio'))))).toBe(480)
    expect(invited()).toEqual([])
  })

  it('X12: of several devices the first that answers has it, the others stop ringing', async () => {
    await registered(PHONE, TABLET)
    core.answer = (request) => {
      if (request.startsWith('ACK')) return undefined
      if (request.startsWith('CANCEL')) return answerTo(request, 200)
      if (!request.startsWith('INVITE') || !request.includes(TABLET))
        return answerTo(request, 200, answerSdp, 'application/sdp')
      return answerTo(request, 180)
    }
    const asked = core.ask(invite(offer('audio')))
    await core.until(() => core.sent.some((sent) => sent.startsWith('CANCEL')))
    const ringing = invited().find((request) => request.includes(TABLET)) ?? ''
    core.reply(answerTo(ringing, 487))
    expect(statusOf(await asked)).toBe(200)
  })

  it('RFC 3261 §9.2: who gives up before a device rings gets 487, and none rings', async () => {
    await registered(PHONE)
    core.answer = (request) => (request.startsWith('INVITE') ? answerTo(request, 180) : undefined)
    const request = invite(offer('audio'))
    const cancel = sip('CANCEL')
      .replace(/^Via: .*$/m, /^Via: .*$/m.exec(request)?.[0] ?? '')
      .replace(/^From: .*$/m, /^From: .*$/m.exec(request)?.[0] ?? '')
      .replace(/^Call-ID: .*$/m, /^Call-ID: .*$/m.exec(request)?.[0] ?? '')
    const link = await core.connectFrom('127.0.0.1')
    let answers = ''
    link.on('data', (chunk) => (answers += String(chunk)))
    link.write(request + cancel)
    await expect.poll(() => answers).toMatch(/^SIP\/2\.0 487 /m)
    expect(invited()).toEqual([])
    link.destroy()
  })

  it('X12: what the devices say when none takes it is the answer; a share for each user', async () => {
    await registered(PHONE)
    core.answer = (request) => (request.startsWith('ACK') ? undefined : answerTo(request, 486))
    expect(statusOf(await core.ask(invite(offer('audio'))))).toBe(486)
    core.answer = (request) =>
      request.startsWith('ACK') ? undefined : answerTo(request, 200, answerSdp, 'application/sdp')
    for (let count = 0; count < 2; count++) expect(statusOf(await core.ask(invite(offer('audio'))))).toBe(200)
    expect(statusOf(await core.ask(invite(offer('audio'))))).toBe(503)
  })

  it('X12: what is no SDP is refused', async () => {
    await registered(PHONE)
    expect(statusOf(await core.ask(invite('hello')))).toBe(488)
  })
})
