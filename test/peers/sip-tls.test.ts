import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { CORE_PROGRAMS, PF, nothingWaits, startBehindCore, told, type BehindCore } from './behind-core.ts'
import { makeCertificates, type Certificates } from './certificates.ts'
import { sdp, startMsrpPeer, type MsrpPeer } from './msrp-peer.ts'
import { withPeer } from './needs.ts'
import { answer, register, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const TLS_MODULE = '/usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so'

withPeer('Kamailio with TLS, and sipp', [...CORE_PROGRAMS, TLS_MODULE, '/usr/bin/openssl'], () => {
  let certificates: Certificates
  let behind: BehindCore | undefined
  let peer: MsrpPeer | undefined
  beforeAll(() => {
    certificates = makeCertificates()
    certificates.signed('core', 'IP:127.0.0.1')
    certificates.signed('server', `IP:${PF}`)
    certificates.alone('phone', `IP:${DEVICE}`)
    certificates.alone('other', 'IP:127.0.0.1')
  })
  afterEach(async () => {
    peer?.stop()
    await behind?.close()
    peer = behind = undefined
  })
  afterAll(() => certificates.remove())

  const file = (name: string): string => certificates.file(name)
  const start = (more: Record<string, string> = {}, relayed = false): Promise<BehindCore> =>
    startBehindCore(
      (core) => ({
        XDMS_TLS_CERT: file('server.pem'),
        XDMS_TLS_KEY: file('server.key'),
        XDMS_SIP_CA: file('ca.pem'),
        ...(relayed ? { XDMS_MSRP_RELAY: `msrps://${core.host}:${core.tlsPort}/relay;tcp` } : {}),
        ...more,
      }),
      { certificates: certificates.folder },
    )
  const invited = (description: string): string =>
    '<recv request="INVITE" rrs="true"/>' +
    answer(
      '200 OK',
      'Contact: <sip:alice@[local_ip]:[local_port]>\nContent-Type: application/sdp',
      description.replaceAll('\r\n', '\n'),
    ) +
    '<recv request="ACK"/><recv request="BYE"/>' +
    answer('200 OK')
  const pushedTo = async (one: BehindCore, description: string): Promise<string> => {
    const { core } = one
    await told(one, 'first')
    await told(one, 'z'.repeat(6000))
    const device = startSipp(invited(description), { core, from: DEVICE, port: 25993 })
    expect((await sipp(register('alice', PHONE, 25993), { core, from: DEVICE, port: 25990 })).status).toBe(0)
    const run = await device.done
    expect(run.errors + String(run.status)).toBe('0')
    await nothingWaits(one)
    return run.messages
  }
  const secretPeer = async (name: string): Promise<MsrpPeer> => {
    const pair = { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }
    return startMsrpPeer(DEVICE, await freePort(DEVICE), () => '000 200 OK', pair)
  }
  const fingerprint = (name: string): string => new X509Certificate(readFileSync(file(`${name}.pem`))).fingerprint256

  it('C1: over TLS in both directions, each side showing its certificate: a message in, a registration, a message out', async () => {
    behind = await start()
    const listener = startSipp('<recv request="MESSAGE"/>' + answer('200 OK'), {
      core: behind.core,
      from: DEVICE,
      port: 25993,
    })
    expect((await sipp(register('alice', PHONE, 25993), { core: behind.core, from: DEVICE, port: 25990 })).status).toBe(
      0,
    )
    await told(behind, 'over TLS')
    const run = await listener.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('over TLS')
    await nothingWaits(behind)
  })

  it('C1: who comes from the address of the core without a certificate of its authority is not heard', async () => {
    behind = await start()
    const port = Number(behind.server.assembled.settings.XDMS_SIP_PORT)
    for (const shown of [{}, { cert: readFileSync(file('other.pem')), key: readFileSync(file('other.key')) }]) {
      const socket = connect({ host: PF, port, ca: readFileSync(file('ca.pem')), ...shown })
      const ended = await new Promise((resolve) => {
        socket.once('error', () => resolve('refused'))
        socket.once('close', () => resolve('refused'))
        socket.on('data', () => resolve('answered'))
        socket.once('secureConnect', () => socket.write('OPTIONS sip:x SIP/2.0\r\n\r\n'))
      })
      expect(ended).toBe('refused')
      socket.destroy()
    }
  })

  it('C1: a core whose certificate nobody vouches for is not believed', async () => {
    behind = await start({ XDMS_SIP_CA: file('other.pem') })
    const { server } = behind
    await expect
      .poll(() => server.log.some(({ msg }) => msg === 'a SIP connection broke'), { timeout: 5000 })
      .toBe(true)
    expect(server.log.some(({ msg }) => msg === 'connected to the SIP core')).toBe(false)
  })

  it('C5: msrps to a device whose certificate its description names (RFC 4975 §14.4)', async () => {
    behind = await start({ XDMS_MSRP_TLS: 'true' })
    peer = await secretPeer('phone')
    const messages = await pushedTo(
      behind,
      sdp(DEVICE, peer.path, 'passive', [`a=fingerprint:SHA-256 ${fingerprint('phone')}`]),
    )
    expect(messages).toContain('TCP/TLS/MSRP *')
    expect(messages).toContain(`a=fingerprint:SHA-256 ${fingerprint('server')}`)
    expect(messages).toMatch(/a=path:msrps:\/\/127\.0\.0\.2:/)
    expect(peer.messages).toHaveLength(2)
  })

  it('C5: msrps to a device that shows another certificate than its description names: nothing is sent', async () => {
    behind = await start({ XDMS_MSRP_TLS: 'true' })
    peer = await secretPeer('other')
    const { core, server } = behind
    await told(behind, 'secret')
    const description = sdp(DEVICE, peer.path, 'passive', [`a=fingerprint:SHA-256 ${fingerprint('phone')}`])
    const device = startSipp(invited(description), { core, from: DEVICE, port: 25993 })
    expect((await sipp(register('alice', PHONE, 25993), { core, from: DEVICE, port: 25990 })).status).toBe(0)
    expect((await device.done).status).toBe(0)
    expect(peer.chunks).toEqual([])
    expect(await server.assembled.participating.deferred(ALICE as Xui)).toHaveLength(1)
  })

  it('C5: msrps through Kamailio as relay', async () => {
    behind = await start({ XDMS_MSRP_TLS: 'true' }, true)
    peer = await startMsrpPeer(DEVICE, await freePort(DEVICE))
    await pushedTo(behind, sdp(DEVICE, peer.path, 'passive'))
    expect(peer.messages).toHaveLength(2)
  })
})
