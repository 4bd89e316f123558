import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { CORE_PROGRAMS, PF, startBehindCore, told, type BehindCore } from './behind-core.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from './msrp-peer.ts'
import { withPeer } from './needs.ts'
import { answer, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const DEFERRED = 'sip:deferred@example.com'
const TYPE = 'application/vnd.cpm-xdms.retrieval+xml'

withPeer('Kamailio, and sipp that fetches', CORE_PROGRAMS, () => {
  let behind: BehindCore
  let peer: MsrpPeer
  beforeAll(async () => {
    behind = await startBehindCore()
    peer = await startMsrpPeer(DEVICE, await freePort(DEVICE))
    const { alice } = behind.server
    const profile = { id: 'work', displayNames: [{ text: 'Work' }], deferred: { mode: 'notify' } }
    expect((await alice.put(`/api/users/${ALICE}/profiles/work`, profile)).status).toBeLessThan(300)
    expect((await alice.put(`/api/users/${ALICE}/active-profile`, { default: 'work' })).status).toBeLessThan(300)
  })
  afterAll(async () => {
    peer.stop()
    await behind.close()
  })

  const deferred = (): Promise<readonly { readonly id: string }[]> =>
    behind.server.assembled.participating.deferred(ALICE as Xui)

  const headers = (method: string): readonly string[] => [
    'From: <sip:alice@example.com>;tag=[call_number]',
    `To: <${DEFERRED}>${method === 'INVITE' ? '' : '[peer_tag_param]'}`,
    `Contact: <sip:alice@[local_ip]:[local_port]>;+sip.instance="<${PHONE}>"`,
  ]
  const inDialog = (method: string, sequence: number): string =>
    request(method, '[next_url]', ['[routes]', ...headers(method)], '', sequence)

  /** Steps 6 to 10: INVITE, 200, ACK, the channel; and its end, which is ours unless the device has one. */
  const fetching = (list: string, end = `<recv request="BYE"/>${answer('200 OK')}`): string => {
    const lines = [
      '--both',
      'Content-Type: application/sdp',
      '',
      sdp(DEVICE, peer.path, 'passive', ['a=recvonly']).replaceAll('\r\n', '\n').trimEnd(),
      '--both',
      `Content-Type: ${TYPE}`,
      '',
      list,
      '--both--',
    ]
    const described = [...headers('INVITE'), 'Content-Type: multipart/mixed;boundary=both']
    return [
      send(request('INVITE', DEFERRED, described, lines.join('\n'))),
      '<recv response="100" optional="true"/><recv response="200" rrs="true"/>',
      `<send><![CDATA[\n${inDialog('ACK', 1)}\n]]></send>`,
      end,
    ].join('')
  }

  const headersOf = (message: string): string => message.slice(0, message.search(/\r?\n\r?\n/))
  const vias = (message: string): readonly string[] =>
    [...headersOf(message).matchAll(/^Via: SIP\/2\.0\/\w+ ([\d.]+)/gim)].map(([, host = '']) => host)
  /** What it received and sent, by methods and statuses. */
  const flowOf = (messages: string): readonly string[] =>
    [...messages.matchAll(/^(?:(MESSAGE|INVITE|ACK|BYE) sip:\S+ SIP\/2\.0|SIP\/2\.0 (\d{3}) )/gm)]
      .map(([, method, status]) => method ?? status ?? '')
      .filter((each) => each !== '100')
  /** Steps 1 to 5: it registers, and is told what waits. */
  const noticed = async (): Promise<string> => {
    const phone = startSipp(`<recv request="MESSAGE"/>${answer('200 OK')}`, {
      core: behind.core,
      from: DEVICE,
      port: 25993,
    })
    const registering = await sipp(register('alice', PHONE, 25993), { core: behind.core, from: DEVICE, port: 25990 })
    expect(registering.status, registering.errors).toBe(0)
    const { status, errors, messages } = await phone.done
    expect(errors + String(status)).toBe('0')
    expect(flowOf(messages)).toEqual(['MESSAGE', '200'])
    return messages.slice(messages.search(/^MESSAGE sip:/m))
  }

  it('C6, D5, D7, A §C.3.3.2: notified and pulling, each message of the flow, through the core and by sipp', async () => {
    for (const body of ['first', 'second', 'third', 'fourth', 'fifth']) await told(behind, body)
    const notice = await noticed()
    // Step 2 is from us to the core, and step 3 from the core to the device.
    expect(vias(notice)).toEqual([behind.core.host, PF])
    expect(headersOf(notice)).toContain('Content-Type: application/vnd.cpm-xdms.deferred-list+xml')
    expect(headersOf(notice)).toMatch(/^From: .*<?sip:deferred@example\.com/m)
    expect(notice).toContain(`retrieve-from="${DEFERRED}"`)
    const listed = [...notice.matchAll(/<message id="([^"]+)"[^>]* from="([^"]+)"/g)].map(([, id = '', from]) => [
      id,
      from,
    ])
    const waits = await deferred()
    // What does not fit into a MESSAGE is counted.
    expect(listed).toEqual(waits.slice(0, listed.length).map(({ id }) => [id, 'sip:bob@example.com']))
    expect(notice).toContain(`more="${5 - listed.length}"`)

    const [one, two, three, ...others] = waits.map(({ id }) => id)
    expect(listed.map(([id]) => id)).toContain(three)
    const list = [
      '<retrieval xmlns="urn:cpm-xdms:retrieval:1">',
      `<message id="${three}" action="retrieve"/><message id="${one}" action="retrieve"/>`,
      '</retrieval>',
    ].join('')
    const run = await sipp(fetching(list), { core: behind.core, from: DEVICE, port: 25993 })
    expect(run.errors + String(run.status)).toBe('0')
    expect(flowOf(run.messages)).toEqual(['INVITE', '200', 'ACK', 'BYE', '200'])
    // Step 8 is from us: it is our Contact, and the core stays in the way.
    const taken = run.messages.slice(run.messages.search(/^SIP\/2\.0 200 /m))
    expect(headersOf(taken)).toMatch(new RegExp(`^Contact: <sip:deferred@${PF}:`, 'm'))
    expect(headersOf(taken)).toMatch(new RegExp(`^Record-Route: <sip:${behind.core.host}`, 'm'))
    expect(taken).toContain('a=sendonly')
    // Step 10: one message after the other, each whole before the next.
    expect(peer.messages.map((text) => text.trimEnd().split('\r\n').at(-1))).toEqual(['third', 'first'])
    expect(peer.chunks.map(({ flag }) => flag)).toEqual(['$', '$'])
    expect((await deferred()).map(({ id }) => id)).toEqual([two, ...others])
  })

  it('D7, A §C.3.3.2: the device ends the session in the middle, through the core: what it has is gone, the rest waits', async () => {
    peer.stop()
    peer = await startMsrpPeer(DEVICE, await freePort(DEVICE), (count) => (count === 1 ? '000 200 OK' : undefined))
    const [, ...others] = (await deferred()).map(({ id }) => id)
    expect(others).toHaveLength(2)
    const everything = '<retrieval xmlns="urn:cpm-xdms:retrieval:1" all="retrieve"/>'
    const leaving = `<pause milliseconds="2000"/>${send(inDialog('BYE', 2))}<recv response="200"/>`
    const run = await sipp(fetching(everything, leaving), { core: behind.core, from: DEVICE, port: 25993 })
    expect(run.errors + String(run.status)).toBe('0')
    expect(flowOf(run.messages)).toEqual(['INVITE', '200', 'ACK', 'BYE', '200'])
    expect(peer.messages.length).toBe(2)
    expect((await deferred()).map(({ id }) => id)).toEqual(others)
  })
})
