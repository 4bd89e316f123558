import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { credentialsFor } from '../../src/access/credentials.ts'
import type { Xui } from '../../src/names.ts'
import { ALICE, type Running } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import type { Kamailio } from './kamailio.ts'
import { withPeer } from './needs.ts'
import { answer, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const DEVICES = 1_000
/** `npm run bench:sip` has a minute of it. */
const SECONDS = Number(process.env['SIP_LOAD_SECONDS'] ?? 10)
const PER_SECOND = 100
/** Of the heap, when rubbish is gone: what each of the thousand devices and of the messages could leave. */
const GROWTH_AT_MOST = 24_000_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

withPeer('Kamailio and sipp', CORE_PROGRAMS, () => {
  let core: Kamailio
  let server: Running
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore(() => ({ XDMS_LOG_LEVEL: 'warn' }))
    ;({ core, server } = behind)
    for (let user = 1; user <= DEVICES; user++) {
      const xui = `sip:u${user}@example.com` as Xui
      await server.assembled.accounts.put({ xui, role: 'user', credentials: credentialsFor(xui, 'example.com', 'x') })
    }
  }, 120_000)
  afterAll(() => behind.close())

  const message = (id: string, user: string): string =>
    request(
      'MESSAGE',
      `sip:${user}@example.com`,
      [
        'From: <sip:bob[call_number]@example.com>;tag=[call_number]',
        `To: <sip:${user}@example.com>`,
        'Content-Type: message/cpim',
      ],
      [
        'From: <sip:bob@example.com>',
        `To: <sip:${user}@example.com>`,
        'NS: imdn <urn:ietf:params:imdn>',
        `imdn.Message-ID: ${id}`,
        '',
        'Content-Type: text/plain',
        '',
        'hello',
      ].join('\n'),
    )
  const accepted = '<recv response="100" optional="true"/><recv response="202"/>'
  const waiting = async (user: string): Promise<number> =>
    ((await server.admin.get(`/api/users/${user}/deferred`)).json as { messages: unknown[] }).messages.length

  it('C1, P3: 1,000 devices and 100 messages a second: each is taken, each arrives, memory stays', async () => {
    const device = startSipp('<recv request="MESSAGE"/>' + answer('200 OK'), {
      core,
      from: DEVICE,
      port: 25993,
      calls: SECONDS * PER_SECOND,
      seconds: SECONDS + 110,
      quiet: true,
    })
    const instance = 'urn:uuid:00000000-0000-1000-8000-[call_number]'
    const user = 'u[call_number]'
    const registering = await sipp(register(user, instance, 25993), {
      core,
      from: DEVICE,
      port: 25990,
      calls: DEVICES,
      rate: 100,
      seconds: 60,
      quiet: true,
    })
    expect(registering.status).toBe(0)
    const heaps: number[] = []
    const sampling = setInterval(() => heaps.push(heapInUse()), (SECONDS * 1000) / 5)
    const began = performance.now()
    const sender = await sipp(send(message('m[call_number]', '[field0]')) + accepted, {
      core,
      from: '127.0.0.8',
      calls: SECONDS * PER_SECOND,
      rate: PER_SECOND,
      seconds: SECONDS + 60,
      transport: 't1',
      quiet: true,
      fields: Array.from({ length: DEVICES }, (_, at) => `u${at + 1}`),
    })
    expect(sender.status, sender.errors.slice(0, 2000)).toBe(0)
    const arrived = await device.done
    expect(arrived.status, arrived.errors.slice(0, 2000)).toBe(0)
    for (let user = 1; user <= DEVICES; user += 37)
      while ((await waiting(`sip:u${user}@example.com`)) > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    clearInterval(sampling)
    heaps.push(heapInUse())
    const [first = 0] = heaps
    const seconds = (performance.now() - began) / 1000
    const megabytes = heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')
    const memory = `heap behind a collection ${megabytes} MB, RSS ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`
    console.log(`${SECONDS * PER_SECOND} of ${SECONDS * PER_SECOND} arrived, ${seconds.toFixed(1)} s; ${memory}`)
    expect((heaps.at(-1) ?? 0) - first).toBeLessThan(GROWTH_AT_MOST)
  }, 300_000)

  it('C1: the core is killed and started again: what it had taken waits, and comes once devices are there again', async () => {
    await sipp(send(message('before', 'alice')) + accepted, { core, from: '127.0.0.8', transport: 't1' })
    await core.kill()
    await core.start()
    const device = startSipp('<recv request="INVITE"/>' + answer('488 Not Here') + '<recv request="ACK"/>', {
      core,
      from: DEVICE,
      port: 25994,
    })
    const phone = 'urn:uuid:00000000-0000-1000-8000-00000000000a'
    expect((await sipp(register('alice', phone, 25994), { core, from: DEVICE, port: 25991 })).status).toBe(0)
    expect((await device.done).status).toBe(0)
    const listener = startSipp('<recv request="MESSAGE"/>' + answer('200 OK'), { core, from: DEVICE, port: 25994 })
    expect((await listener.done).status).toBe(0)
    while ((await waiting(ALICE)) > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  }, 60_000)
})
