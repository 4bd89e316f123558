import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALICE, type Running } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import type { Kamailio } from './kamailio.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

const sdp = (host: string): string =>
  `v=0\no=- 1 1 IN IP4 ${host}\ns=-\nc=IN IP4 ${host}\nt=0 0\nm=audio 4000 RTP/AVP 0\nm=video 4002 RTP/AVP 31\n`

withPeer('Kamailio and sipp', CORE_PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore()
    ;({ core, server } = behind)
  })
  afterAll(() => behind.close())

  const named = [
    'From: <sip:bob@example.com>;tag=[call_number]',
    'To: <sip:alice@example.com>[peer_tag_param]',
    'Contact: <sip:bob@[local_ip]:[local_port]>',
  ]
  const calling = (status: number): string =>
    send(request('INVITE', ALICE, [...named, 'Content-Type: application/sdp'], sdp('127.0.0.8'))) +
    '<recv response="100" optional="true"/><recv response="180" optional="true"/>' +
    expectResponse(status, status === 200 ? ' rrs="true"' : '')

  it('X12: sipp calls sipp through the core and us: video is refused, audio is put through, and BYE ends both sides', async () => {
    const profile = {
      id: 'work',
      displayNames: [{ text: 'Work' }],
      sessions: { media: [{ type: 'video', answer: 'reject' }] },
    }
    expect((await server.alice.put(`/api/users/${ALICE}/profiles/work`, profile)).status).toBe(201)
    expect((await server.alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })).status).toBeLessThan(300)
    const device =
      '<recv request="INVITE" rrs="true"/>' +
      answer('200 OK', 'Contact: <sip:alice@[local_ip]:[local_port]>\nContent-Type: application/sdp', sdp(DEVICE)) +
      '<recv request="ACK"/><recv request="BYE"/>' +
      answer('200 OK')
    const called = startSipp(device, { core, from: DEVICE, port: 25993 })
    expect((await sipp(register('alice', PHONE, 25993), { core, from: DEVICE, port: 25990 })).status).toBe(0)
    const steps =
      calling(200) +
      '<send><![CDATA[\n' +
      request('ACK', '[next_url]', ['[routes]', ...named]) +
      '\n]]></send>' +
      send(request('BYE', '[next_url]', ['[routes]', ...named], '', 2)) +
      expectResponse(200)
    const caller = await sipp(steps, { core, from: '127.0.0.8' })
    expect(caller.errors + String(caller.status)).toBe('0')
    const { messages, errors, status } = await called.done
    expect(errors + String(status)).toBe('0')
    expect(messages).toContain('m=audio 4000 RTP/AVP 0')
    expect(messages).toContain('m=video 0 RTP/AVP 31')
  })

  it('X12: do-not-disturb: 480, and nobody rings', async () => {
    await server.alice.put(`/api/users/${ALICE}/do-not-disturb`, { on: true })
    const steps = `${calling(480)}<send><![CDATA[\n${request('ACK', ALICE, named)}\n]]></send>`
    const caller = await sipp(steps, { core, from: '127.0.0.8' })
    expect(caller.errors + String(caller.status)).toBe('0')
  })
})
