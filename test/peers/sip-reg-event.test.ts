import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE } from '../http/server.ts'
import { CORE_PROGRAMS, startBehindCore, type BehindCore } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { answer, expectResponse, register, request, send, sipp, startSipp } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

/** It is offered as a session first, where it waited. */
const TAKES_NO_SESSION = [
  '<recv request="INVITE" optional="true" next="1"/>',
  '<recv request="MESSAGE"/>',
  answer('200 OK'),
  '<nop next="2"/>',
  '<label id="1"/>',
  answer('488 Not Acceptable Here'),
  '<recv request="ACK"/>',
  '<label id="2"/>',
].join('')

withPeer('Kamailio asked who registered, and sipp', CORE_PROGRAMS, () => {
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore(() => ({ XDMS_SIP_REGISTRATIONS: 'reg-event' }))
  })
  afterAll(() => behind.close())

  const told = async (body: string): Promise<void> => {
    const headers = ['From: <sip:bob@example.com>;tag=[call_number]', `To: <${ALICE}>`, 'Content-Type: text/plain']
    const run = await sipp(send(request('MESSAGE', ALICE, headers, body)) + expectResponse(202), {
      core: behind.core,
      from: '127.0.0.8',
    })
    expect(run.status, run.errors).toBe(0)
  }
  const device = (calls: number): ReturnType<typeof startSipp> =>
    startSipp(TAKES_NO_SESSION, { core: behind.core, from: DEVICE, port: 25993, calls, seconds: 40 })
  const registering = async (expires = 600): Promise<void> => {
    const run = await sipp(register('alice', PHONE, 25993, expires), { core: behind.core, from: DEVICE, port: 25990 })
    expect(run.status, run.errors).toBe(0)
  }
  const nothingWaits = async (): Promise<void> => {
    while ((await behind.server.assembled.participating.deferred(ALICE as Xui)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 25))
  }

  it('C1, RFC 3680: something waits, so the core is asked; when the device registers it says so, and what waited comes', async () => {
    await told('before')
    const phone = device(2)
    await registering()
    const run = await phone.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('before')
    await nothingWaits()
  })

  it('C1, RFC 3680: a device that is known to be there gets the next message', async () => {
    const phone = device(1)
    await told('while it is there')
    const run = await phone.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('while it is there')
    await nothingWaits()
  })

  it('C1, RFC 3680: the core is killed and started again: it is asked anew, and a registration is not lost', async () => {
    await expect.poll(() => behind.core.registered(), { timeout: 5_000 }).toBeGreaterThan(0)
    await behind.core.kill()
    await behind.core.start()
    const phone = device(2)
    await expect.poll(() => behind.server.log.filter(({ msg }) => msg === 'connected to the SIP core').length).toBe(2)
    await told('after')
    await nothingWaits()
    phone.finish()
    expect((await phone.done).messages).toContain('after')
  }, 60_000)
})
