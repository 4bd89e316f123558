/** A server of ours behind a Kamailio of its own, each at an address that the core tells from the devices'. */
import { expect } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { ALICE, startServer, type Running } from '../http/server.ts'
import { freePort } from '../servers/free-port.ts'
import { startKamailio, type Kamailio, type KamailioOptions } from './kamailio.ts'
import { expectResponse, request, send, sipp } from './sipp.ts'

/** Where we are. */
export const PF = '127.0.0.2'

export const CORE_PROGRAMS = ['/usr/sbin/kamailio', '/usr/bin/sipp', '/usr/bin/sqlite3']

export interface BehindCore {
  readonly core: Kamailio
  readonly server: Running
  close(): Promise<void>
}

/** @param more settings, of which the core decides. */
export async function startBehindCore(
  more: (core: Kamailio) => Record<string, string> = () => ({}),
  options: KamailioOptions = {},
): Promise<BehindCore> {
  const port = await freePort(PF)
  const core = await startKamailio([{ host: PF, port }], options)
  const reached = core.tlsPort === undefined ? `${core.port};transport=tcp` : `${core.tlsPort};transport=tls`
  const server = await startServer({
    XDMS_SIP_CORE: `sip:${core.host}:${reached}`,
    XDMS_SIP_HOST: PF,
    XDMS_SIP_PORT: String(port),
    XDMS_MSRP_PORT: String(await freePort(PF)),
    ...more(core),
  })
  return {
    core,
    server,
    async close() {
      await server.close()
      await core.stop()
    },
  }
}

/** Bob writes to Alice through the core. */
export async function told({ core }: BehindCore, body: string): Promise<void> {
  const headers = ['From: <sip:bob@example.com>;tag=[call_number]', `To: <${ALICE}>`, 'Content-Type: text/plain']
  const message = send(request('MESSAGE', ALICE, headers, body)) + expectResponse(202)
  const run = await sipp(message, { core, from: '127.0.0.8' })
  expect(run.status, run.errors).toBe(0)
}

/** Resolves once nothing waits for Alice. */
export async function nothingWaits({ server }: BehindCore): Promise<void> {
  while ((await server.assembled.participating.deferred(ALICE as Xui)).length > 0)
    await new Promise((resolve) => setTimeout(resolve, 25))
}
