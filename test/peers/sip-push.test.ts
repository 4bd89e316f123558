import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ALICE, type Running } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import type { Kamailio } from './kamailio.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from './msrp-peer.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const PROGRAMS = [...CORE_PROGRAMS, '/usr/bin/tshark']

withPeer('Kamailio, sipp and tshark', PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let peer: MsrpPeer
  let behind: BehindCore

  const start = async (relayed: boolean): Promise<void> => {
    behind = await startBehindCore(
      (named): Record<string, string> =>
        relayed ? { XDMS_MSRP_RELAY: `msrp://${named.host}:${named.port}/relay;tcp` } : {},
    )
    ;({ core, server } = behind)
    peer = await startMsrpPeer(DEVICE, await freePort(DEVICE))
  }
  afterEach(async () => {
    peer.stop()
    await behind.close()
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
        if (/Capture started/.test(said)) resolve()
      }),
    )
    await play()
    const fields = ['msrp.method', 'msrp.byte.range', 'msrp.success.report'].flatMap((field) => ['-e', field])
    const asMsrp = ['-d', `tcp.port==${core.port},msrp`, '-Y', 'msrp.method', '-T', 'fields', ...fields]
    const framesRead = (): readonly string[] =>
      spawnSync('tshark', ['-r', file, ...asMsrp])
        .stdout.toString()
        .trim()
        .split('\n')
    // It writes what it captured some time behind.
    await expect.poll(framesRead, { timeout: 20_000, interval: 250 }).toContainEqual(expect.stringMatching(/^SEND/))
    const lines = framesRead()
    await new Promise<void>((resolve) => {
      capture.once('close', () => resolve())
      capture.kill('SIGINT')
    })
    rmSync(folder, { recursive: true, force: true })
    expect(lines.some((line) => line.includes('1-'))).toBe(true)
  })
})
