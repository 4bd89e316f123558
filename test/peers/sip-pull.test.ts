import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { CORE_PROGRAMS, startBehindCore, told, type BehindCore } from './behind-core.ts'
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
  })
  afterAll(async () => {
    peer.stop()
    await behind.close()
  })

  const deferred = (): Promise<readonly { readonly id: string }[]> =>
    behind.server.assembled.participating.deferred(ALICE as Xui)

  /** Steps 6 to 10: INVITE, 200, ACK, the channel, BYE from the participating function. */
  const fetching = (list: string): string => {
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
    const headers = (method: string): readonly string[] => [
      'From: <sip:alice@example.com>;tag=[call_number]',
      `To: <${DEFERRED}>${method === 'ACK' ? '[peer_tag_param]' : ''}`,
      `Contact: <sip:alice@[local_ip]:[local_port]>;+sip.instance="<${PHONE}>"`,
    ]
    const invite = request(
      'INVITE',
      DEFERRED,
      [...headers('INVITE'), 'Content-Type: multipart/mixed;boundary=both'],
      lines.join('\n'),
    )
    const ack = request('ACK', '[next_url]', ['[routes]', ...headers('ACK')])
    return [
      send(invite),
      '<recv response="100" optional="true"/><recv response="200" rrs="true"/>',
      `<send><![CDATA[\n${ack}\n]]></send>`,
      '<recv request="BYE"/>',
      answer('200 OK'),
    ].join('')
  }

  it('C6, D7, A §C.3.3.2: pulling, each message of the flow, through the core and by sipp', async () => {
    await told(behind, 'first')
    await told(behind, 'second')
    await told(behind, 'third')
    // It is busy when it registers, so that what waits is left for it to fetch.
    const busy = startSipp('<recv request="INVITE"/>' + answer('486 Busy Here') + '<recv request="ACK"/>', {
      core: behind.core,
      from: DEVICE,
      port: 25993,
    })
    const registering = await sipp(register('alice', PHONE, 25993), { core: behind.core, from: DEVICE, port: 25990 })
    expect(registering.status, registering.errors).toBe(0)
    expect((await busy.done).status).toBe(0)
    const [one, two, three] = (await deferred()).map(({ id }) => id)
    const list = [
      '<retrieval xmlns="urn:cpm-xdms:retrieval:1">',
      `<message id="${three}" action="retrieve"/><message id="${one}" action="retrieve"/>`,
      '</retrieval>',
    ].join('')
    const run = await sipp(fetching(list), { core: behind.core, from: DEVICE, port: 25993 })
    expect(run.errors + String(run.status)).toBe('0')
    const seen = [...run.messages.matchAll(/^(?:(INVITE|ACK|BYE) sip:\S+ SIP\/2\.0|SIP\/2\.0 (\d{3}) )/gm)]
    expect(seen.map(([, method, status]) => method ?? status).filter((each) => each !== '100')).toEqual([
      'INVITE',
      '200',
      'ACK',
      'BYE',
      '200',
    ])
    expect(peer.messages.map((text) => text.trimEnd().split('\r\n').at(-1))).toEqual(['third', 'first'])
    expect((await deferred()).map(({ id }) => id)).toEqual([two])
  })
})
