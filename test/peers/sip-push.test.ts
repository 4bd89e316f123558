import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ALICE, startServer, type Running } from '../http/server.ts'
import { freePort, startKamailio, type Kamailio } from './kamailio.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from './msrp-peer.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp } from './sipp.ts'

const PF = '127.0.0.2'
const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const PROGRAMS = ['/usr/sbin/kamailio', '/usr/bin/sipp', '/usr/bin/sqlite3', '/usr/bin/tshark']

withPeer('Kamailio, sipp and tshark', PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let peer: MsrpPeer
  let msrpPort: number

  const start = async (relayed: boolean): Promise<void> => {
    const port = await freePort(PF)
    msrpPort = await freePort(PF)
    core = await startKamailio([{ host: PF, port }])
    server = await startServer({
      XDMS_SIP_CORE: `sip:${core.host}:${core.port};transport=tcp`,
      XDMS_SIP_HOST: PF,
      XDMS_SIP_PORT: String(port),
      XDMS_MSRP_PORT: String(msrpPort),
      ...(relayed ? { XDMS_MSRP_RELAY: `msrp://${core.host}:${core.port}/relay;tcp` } : {}),
    })
    peer = await startMsrpPeer(DEVICE, await freePort(DEVICE))
  }
  afterEach(async () => {
    peer.stop()
    await server.close()
    await core.stop()
  })

  const message = (id: string, body: string): string =>
    request(
      'MESSAGE',
      'sip:alice@example.com',
      ['From: <sip:bob@example.com>;tag=[call_number]', 'To: <sip:alice@example.com>', 'Content-Type: message/cpim'],
      `From: <sip:bob@example.com>\nTo: <${ALICE}>\nNS: imdn <urn:ietf:params:imdn>\nimdn.Message-ID: ` +
        `${id}\n\nContent-Type: text/plain\n\n${body}`,
    )
  const invited = (): string =>
    '<recv request="INVITE" rrs="true"/>' +
    answer(
      '200 OK',
      'Contact: <sip:alice@[local_ip]:[local_port]>\nContent-Type: application/sdp',
      sdp(DEVICE, peer.path, 'passive').replaceAll('\r\n', '\n'),
    ) +
    '<recv request="ACK"/><recv request="BYE"/>' +
    answer('200 OK')

  const nothingWaits = async (): Promise<boolean> =>
    ((await server.alice.get(`/api/users/${ALICE}/deferred`)).json as { messages: unknown[] }).messages.length === 0

  const play = async (): Promise<string> => {
    for (const [id, body] of [
      ['m-one', 'first'],
      ['m-two', 'z'.repeat(6000)],
    ] as const)
      expect(
        (await sipp(send(message(id, body)) + expectResponse(202), { core, from: '127.0.0.8', transport: 't1' }))
          .status,
      ).toBe(0)
    const device = startSipp(invited(), { core, from: DEVICE, port: 25993 })
    expect((await sipp(register('alice', PHONE, 25993), { core, from: DEVICE, port: 25990 })).status).toBe(0)
    const run = await device.done
    expect(run.errors + String(run.status)).toBe('0')
    while (!(await nothingWaits())) await new Promise((resolve) => setTimeout(resolve, 25))
    expect(peer.messages.map((body) => /Message-ID: (\S+)/.exec(body)?.[1])).toEqual(['m-one', 'm-two'])
    return run.messages
  }

  it('C6, A §C.3.3.1: pushing, each message of the flow, through the core to sipp', async () => {
    await start(false)
    const messages = await play()
    const received = [...messages.matchAll(/^(INVITE|ACK|BYE) sip:\S+ SIP\/2\.0/gm)].map(([, method]) => method)
    expect(received).toEqual(['INVITE', 'ACK', 'BYE'])
    expect(messages).toContain('a=sendonly')
    expect(peer.chunks.map(({ flag }) => flag)).toEqual(['$', '+', '+', '+', '$'].slice(0, peer.chunks.length))
    expect(peer.chunks.length).toBeGreaterThan(3)
  })

  it('C5: through Kamailio as relay; tshark reads every frame', async () => {
    await start(true)
    const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-frames-'))
    const file = join(folder, 'frames.pcap')
    const capture = spawn('tshark', ['-i', 'lo', '-f', `tcp port ${core.port}`, '-w', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    await new Promise<void>((resolve) =>
      capture.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (/Capturing on/.test(said)) resolve()
      }),
    )
    await play()
    await new Promise<void>((resolve) => {
      capture.once('close', () => resolve())
      capture.kill('SIGINT')
    })
    const read = spawnSync('tshark', [
      '-r',
      file,
      '-d',
      `tcp.port==${core.port},msrp`,
      '-Y',
      'msrp.method',
      '-T',
      'fields',
      '-e',
      'msrp.method',
      '-e',
      'msrp.byte.range',
      '-e',
      'msrp.success.report',
    ])
    rmSync(folder, { recursive: true, force: true })
    const lines = read.stdout.toString().trim().split('\n')
    expect(lines.some((line) => line.startsWith('SEND'))).toBe(true)
    expect(lines.some((line) => line.includes('1-'))).toBe(true)
  })
})
