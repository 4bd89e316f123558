import { afterAll, beforeAll, expect, it } from 'vitest'
import { ALICE, type Running } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import type { Kamailio } from './kamailio.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp, TAKES_NO_SESSION } from './sipp.ts'

const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
const TABLET = 'urn:uuid:00000000-0000-1000-8000-00000000000b'

withPeer('Kamailio and sipp', CORE_PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore()
    ;({ core, server } = behind)
  })
  afterAll(() => behind.close())

  const message = (id: string, user = 'alice', from = 'bob'): string =>
    request(
      'MESSAGE',
      `sip:${user}@example.com`,
      [
        `From: <sip:${from}@example.com>;tag=[call_number]`,
        `To: <sip:${user}@example.com>`,
        'P-Asserted-Identity: <sip:eve@example.com>',
        'Content-Type: message/cpim',
      ],
      [
        `From: <sip:${from}@example.com>`,
        `To: <sip:${user}@example.com>`,
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${id}`,
        'imdn.Disposition-Notification: positive-delivery, negative-delivery',
        '',
        'Content-Type: text/plain',
        '',
        `hello ${id}`,
      ].join('\n'),
    )
  const deferred = async (): Promise<readonly Record<string, unknown>[]> =>
    ((await server.alice.get(`/api/users/${ALICE}/deferred`)).json as { messages: Record<string, unknown>[] }).messages
  const registrations = async (): Promise<readonly Record<string, unknown>[]> =>
    ((await server.alice.get(`/api/users/${ALICE}/registrations`)).json as { registrations: Record<string, unknown>[] })
      .registrations
  const until = async (condition: () => Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 25))
  }

  it('C1, P6: a MESSAGE goes through the core to us, is accepted, and waits under whom the core asserts', async () => {
    const run = await sipp(send(message('m-first')) + expectResponse(202), { core, from: '127.0.0.9' })
    expect(run.errors + String(run.status)).toBe('0')
    expect(await deferred()).toMatchObject([
      { messageId: 'm-first', from: 'sip:bob@example.com', to: ALICE, reason: 'no-applicable-device', size: 15 },
    ])
  })

  it('P6: for nobody it is 404, and the core hands that on', async () => {
    const run = await sipp(send(message('m-none', 'nobody')) + expectResponse(404), { core, from: '127.0.0.9' })
    expect(run.status).toBe(0)
  })

  it('C1, D9, P3: a device registers with the core: we know it, and what waited comes to it; its 200 ends it', async () => {
    const listener = startSipp(TAKES_NO_SESSION, { core, from: '127.0.0.9', port: 25993, calls: 2 })
    const registering = await sipp(register('alice', PHONE, 25993), { core, from: '127.0.0.9', port: 25990 })
    expect(registering.status).toBe(0)
    const run = await listener.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('imdn.Message-ID: m-first')
    expect(run.messages).toContain('To: <sip:alice@example.com>')
    expect(run.messages).toContain('hello m-first')
    await until(async () => (await deferred()).length === 0)
    expect(await registrations()).toMatchObject([{ device: PHONE, via: 'sip', registered: true }])
  })

  it('P3: each device gets it by a request of its own', async () => {
    const both = [PHONE, TABLET].map((device, at) => ({ device, port: 25993 + at, from: `127.0.0.${9 + at}` }))
    const listeners = both.map(({ port, from }) =>
      startSipp('<recv request="MESSAGE"/>' + answer('200 OK'), { core, from, port }),
    )
    for (const { device, port, from } of both)
      await sipp(register('alice', device, port), { core, from, port: port + 10 })
    await until(async () => (await registrations()).length === 2)
    await sipp(send(message('m-both')) + expectResponse(202), { core, from: '127.0.0.8' })
    for (const { done } of listeners) {
      const run = await done
      expect(run.errors + String(run.status)).toBe('0')
      expect(run.messages).toContain('hello m-both')
    }
  })

  it('C1: the core ends a registration, and the device is known and no more there', async () => {
    await sipp(register('alice', TABLET, 25994, 0), { core, from: '127.0.0.10', port: 26004 })
    await until(async () =>
      (await registrations()).some(({ device, registered }) => device === TABLET && registered === false),
    )
  })
})
