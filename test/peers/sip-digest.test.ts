import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, request, send, sipp, startSipp, type SippRun } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

/** The core as an operator has it: everybody has a password (RFC 3261 §22), and speaks for himself alone. */
withPeer('Kamailio that asks for passwords, and sipp', CORE_PROGRAMS, () => {
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore(() => ({}), { defines: [], passwords: { alice: 'alice-secret', bob: 'bob-secret' } })
  })
  afterAll(() => behind.close())

  const login = (user: string, password: string): string => `[authentication username=${user} password=${password}]`
  const registering = (user: string, by: string, password: string, expected: number): Promise<SippRun> => {
    const headers = [
      `From: <sip:${user}@example.com>;tag=[call_number]`,
      `To: <sip:${user}@example.com>`,
      `Contact: <sip:${user}@[local_ip]:25993>;+sip.instance="<${PHONE}>";expires=600`,
    ]
    const first = send(request('REGISTER', 'sip:example.com', headers))
    const again = send(request('REGISTER', 'sip:example.com', [...headers, login(by, password)], '', 2))
    return sipp(first + expectResponse(401, ' auth="true"') + again + expectResponse(expected), {
      core: behind.core,
      from: DEVICE,
      port: 25990,
    })
  }
  const sending = (from: string, by: string, password: string, expected: number): Promise<SippRun> => {
    const headers = [
      `From: <sip:${from}@example.com>;tag=[call_number]`,
      `To: <${ALICE}>`,
      'P-Asserted-Identity: <sip:eve@example.com>',
      'Content-Type: text/plain',
    ]
    const first = send(request('MESSAGE', ALICE, headers, `from ${from}`))
    const again = send(request('MESSAGE', ALICE, [...headers, login(by, password)], `from ${from}`, 2))
    return sipp(first + expectResponse(407, ' auth="true"') + again + expectResponse(expected), {
      core: behind.core,
      from: '127.0.0.8',
    })
  }

  it('C1, P6: who proves who he is may register and send; the core asserts him, and the password goes no further', async () => {
    expect((await sending('bob', 'bob', 'bob-secret', 202)).status).toBe(0)
    expect(await behind.server.assembled.participating.deferred(ALICE as Xui)).toMatchObject([
      { from: 'sip:bob@example.com' },
    ])
    const device = startSipp(
      '<recv request="INVITE"/>' +
        answer('488 Not Acceptable Here') +
        '<recv request="ACK"/><recv request="MESSAGE"/>' +
        answer('200 OK'),
      { core: behind.core, from: DEVICE, port: 25993, calls: 1 },
    )
    expect((await registering('alice', 'alice', 'alice-secret', 200)).status).toBe(0)
    await expect
      .poll(async () => behind.server.assembled.participating.registrations(ALICE as Xui))
      .toMatchObject([{ device: PHONE, via: 'sip', registered: true }])
    device.stop()
    await device.done
  })

  it('C1: with a wrong password he is asked again, and with his own he speaks for nobody else', async () => {
    expect((await sending('bob', 'bob', 'wrong', 407)).status).toBe(0)
    expect((await sending('alice', 'bob', 'bob-secret', 403)).status).toBe(0)
    expect((await registering('alice', 'bob', 'bob-secret', 403)).status).toBe(0)
    expect((await registering('bob', 'bob', 'wrong', 401)).status).toBe(0)
  })
})
