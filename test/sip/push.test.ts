import { afterEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../src/clock.ts'
import { freePort } from '../servers/free-port.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from '../peers/msrp-peer.ts'
import { answerTo, sip, startCore, statusOf, type Core } from './core.ts'

const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const DEVICE_HOST = '127.0.0.9'

let core: Core
let peer: MsrpPeer
afterEach(async () => {
  peer.stop()
  await core.stop()
})

const registering = (expires = 600, device = PHONE, more = ''): string =>
  sip('REGISTER', {
    uri: 'sip:alice@example.com',
    by: '',
    type: 'message/sip',
    body: [
      'REGISTER sip:example.com SIP/2.0',
      'To: <sip:alice@example.com>',
      `Contact: <sip:alice@${DEVICE_HOST}:5070>;+sip.instance="<${device}>";expires=${expires}${more}`,
      'Supported: path, gruu',
      '',
      '',
    ].join('\r\n'),
  })

const methodOf = (request: string): string => request.split(' ')[0] ?? ''

/** @param invited what the device answers to an INVITE: a status, or SDP. */
async function start(
  invited: (invite: string) => number | string,
  environment: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<void> {
  core = await startCore(environment, { clock })
  core.answer = (request) => {
    if (methodOf(request) === 'ACK') return undefined
    if (methodOf(request) !== 'INVITE') return answerTo(request, 200)
    const given = invited(request)
    return typeof given === 'number' ? answerTo(request, given) : answerTo(request, 200, given, 'application/sdp')
  }
}

async function toldAlice(...bodies: readonly string[]): Promise<void> {
  for (const body of bodies) expect(statusOf(await core.ask(sip('MESSAGE', { body })))).toBe(202)
}

async function states(): Promise<readonly unknown[]> {
  const answer = await core.server.alice.get('/api/users/sip:alice@example.com/deferred')
  return (answer.json as { messages: readonly { state: string }[] }).messages.map(({ state }) => state)
}

async function untilNothingWaits(): Promise<void> {
  while ((await states()).length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('push', () => {
  it('C5, D9: what waited comes in one session, in order, in chunks of 2 KB, and BYE ends it', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
    await start(() => sdp(DEVICE_HOST, peer.path, 'passive'))
    await toldAlice('first', 'x'.repeat(5000), 'third')
    expect(statusOf(await core.ask(registering()))).toBe(200)
    await untilNothingWaits()
    await core.until(() => core.sent.some((request) => methodOf(request) === 'BYE'))
    expect(core.sent.map(methodOf)).toEqual(['INVITE', 'ACK', 'BYE'])
    const invite = core.sent[0] ?? ''
    expect(invite).toContain(`INVITE sip:alice@example.com;gr=${PHONE} SIP/2.0`)
    expect(invite).toContain('a=setup:actpass')
    expect(invite).toContain('a=sendonly')
    expect(peer.messages.map((body) => body.slice(body.lastIndexOf('\r\n') + 2).slice(0, 5))).toEqual([
      'first',
      'xxxxx',
      'third',
    ])
    expect(peer.chunks.map(({ body, flag }) => [body.length <= 2048, flag])).toEqual([
      [true, '$'],
      [true, '+'],
      [true, '+'],
      [true, '$'],
      [true, '$'],
    ])
    expect(peer.chunks[0]?.head).toContain('Success-Report: yes')
    expect(peer.messages[0]).toContain('To: <sip:alice@example.com>')
  })

  it('C5: a device behind a NAT connects itself (RFC 6135)', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
    await start((invite) => {
      const path = /a=path:(\S+)/.exec(invite)?.[1] ?? ''
      setTimeout(() => peer.dial(path), 20)
      return sdp(DEVICE_HOST, peer.path, 'active')
    })
    await toldAlice('here')
    await core.ask(registering())
    await untilNothingWaits()
    expect(peer.messages).toHaveLength(1)
  })

  it('D11: without the report of the far end nothing is delivered; it is offered again', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST), (count) =>
      count === 1 ? '000 408 Late' : '000 200 OK',
    )
    await start(() => sdp(DEVICE_HOST, peer.path, 'passive'))
    await toldAlice('once more')
    await core.ask(registering())
    await core.until(() => core.sent.some((request) => methodOf(request) === 'BYE'))
    await expect.poll(states).toEqual(['deferred'])
    await core.ask(registering())
    await untilNothingWaits()
    expect(peer.messages).toHaveLength(2)
  })

  it('D9: a device that takes no session gets what waited by MESSAGE', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
    await start(() => 488)
    await toldAlice('one', 'two')
    await core.ask(registering())
    await untilNothingWaits()
    expect(core.sent.map(methodOf)).toEqual(['INVITE', 'ACK', 'MESSAGE', 'MESSAGE'])
    expect(core.sent[3]).toMatch(/\r\n\r\ntwo$/)
  })

  it('P3: what comes while the device is there goes by MESSAGE at once; what is large over a session', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
    await start(() => sdp(DEVICE_HOST, peer.path, 'passive'))
    await core.ask(registering())
    await toldAlice('small')
    await core.until(() => core.sent.length === 1)
    await untilNothingWaits()
    await toldAlice('y'.repeat(1400))
    await untilNothingWaits()
    expect(core.sent.map(methodOf).slice(0, 3)).toEqual(['MESSAGE', 'INVITE', 'ACK'])
    expect(peer.messages).toHaveLength(1)
  })

  it('D10: different subsets go to different devices; what none of them takes waits for the next registration', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST))
    await start(() => 488)
    for (const type of ['text/plain', 'image/png', 'application/pdf'])
      expect(statusOf(await core.ask(sip('MESSAGE', { body: type, type })))).toBe(202)
    const devices = ['text/plain', 'image/png', 'application/pdf'].map((type, at) => ({ type, name: `${PHONE}${at}` }))
    const got = (name: string): readonly string[] =>
      core.sent
        .filter((request) => request.startsWith(`MESSAGE sip:alice@example.com;gr=${name} `))
        .map((request) => request.slice(request.lastIndexOf('\r\n') + 2))
    for (const { type, name } of devices.slice(0, 2)) await core.ask(registering(600, name, `;type="${type}"`))
    while ((await states()).length > 1) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(devices.map(({ name }) => got(name))).toEqual([['text/plain'], ['image/png'], []])
    for (const { type, name } of devices.slice(2)) await core.ask(registering(600, name, `;type="${type}"`))
    await untilNothingWaits()
    expect(devices.map(({ name }) => got(name))).toEqual([['text/plain'], ['image/png'], ['application/pdf']])
  })

  it('D4: nothing more is sent in a session once do-not-disturb is on', async () => {
    peer = await startMsrpPeer(DEVICE_HOST, await freePort(DEVICE_HOST), () => undefined)
    let later = 0
    const clock: Clock = {
      now: () => systemClock.now() + later,
      at: (instant, run) => systemClock.at(instant - later, run),
    }
    await start(() => sdp(DEVICE_HOST, peer.path, 'passive'), {}, clock)
    await toldAlice('first', 'second')
    await core.ask(registering())
    await peer.until(() => peer.messages.length === 1)
    const on = await core.server.alice.put('/api/users/sip:alice@example.com/do-not-disturb', { on: true })
    expect(on.status).toBeLessThan(300)
    later = 1500
    peer.reportLast()
    await core.until(() => core.sent.some((request) => methodOf(request) === 'BYE'))
    expect(peer.messages).toHaveLength(1)
    expect(await states()).toHaveLength(1)
  })
})
