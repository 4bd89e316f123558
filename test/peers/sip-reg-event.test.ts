import { afterAll, beforeAll, expect, it } from 'vitest'
import { CORE_PROGRAMS, nothingWaits, startBehindCore, told, type BehindCore } from './behind-core.ts'
import { withPeer } from './needs.ts'
import { register, sipp, startSipp, TAKES_NO_SESSION } from './sipp.ts'

const DEVICE = '127.0.0.9'
const PHONE = 'urn:uuid:00000000-0000-1000-8000-00000000000a'

withPeer('Kamailio asked who registered, and sipp', CORE_PROGRAMS, () => {
  let behind: BehindCore
  beforeAll(async () => {
    behind = await startBehindCore(() => ({ XDMS_SIP_REGISTRATIONS: 'reg-event' }))
  })
  afterAll(() => behind.close())

  const device = (calls: number): ReturnType<typeof startSipp> =>
    startSipp(TAKES_NO_SESSION, { core: behind.core, from: DEVICE, port: 25993, calls, seconds: 40 })
  const registering = async (expires = 600): Promise<void> => {
    const run = await sipp(register('alice', PHONE, 25993, expires), { core: behind.core, from: DEVICE, port: 25990 })
    expect(run.status, run.errors).toBe(0)
  }

  it('C1, RFC 3680: something waits, so the core is asked; when the device registers it says so, and what waited comes', async () => {
    await told(behind, 'before')
    const phone = device(2)
    await registering()
    const run = await phone.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('before')
    await nothingWaits(behind)
  })

  it('C1, RFC 3680: a device that is known to be there gets the next message', async () => {
    const phone = device(1)
    await told(behind, 'while it is there')
    const run = await phone.done
    expect(run.errors + String(run.status)).toBe('0')
    expect(run.messages).toContain('while it is there')
    await nothingWaits(behind)
  })

  it('C1, RFC 3680: the core is killed and started again: it is asked anew, and a registration is not lost', async () => {
    await expect.poll(() => behind.core.registered(), { timeout: 5_000 }).toBeGreaterThan(0)
    await behind.core.kill()
    await behind.core.start()
    const phone = device(2)
    await expect.poll(() => behind.server.log.filter(({ msg }) => msg === 'connected to the SIP core').length).toBe(2)
    await told(behind, 'after')
    await nothingWaits(behind)
    phone.finish()
    expect((await phone.done).messages).toContain('after')
  }, 60_000)
})
