/** Two servers on one store, each a process of its own, behind one core. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { credentialsFor } from '../../src/access/credentials.ts'
import { systemClock } from '../../src/clock.ts'
import type { Xui } from '../../src/names.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { Client } from '../http/client.ts'
import { startChild, type ChildServer } from '../servers/child.ts'
import { freePort } from '../servers/free-port.ts'
import { startKamailio, type Kamailio } from './kamailio.ts'

const ADMIN = 'sip:admin@example.com' as Xui

export interface SipProcess {
  readonly host: string
  readonly port: number
  readonly http: number
  /** `undefined`: it was killed. */
  child: ChildServer | undefined
}

export interface SipProcesses {
  readonly core: Kamailio
  readonly servers: readonly SipProcess[]
  /** Resolves once it listens. */
  start(server: SipProcess): Promise<void>
  kill(server: SipProcess): Promise<void>
  /** Resolves once nothing waits for any of the users. */
  nothingWaits(): Promise<void>
  close(): Promise<void>
}

/** @param users how many there are, `sip:u1@example.com` and so on. */
export async function startSipProcesses(users: number, more: Record<string, string> = {}): Promise<SipProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-two-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  await writeAccounts(data, users)
  const servers: SipProcess[] = []
  for (const host of ['127.0.0.2', '127.0.0.3'])
    servers.push({ host, port: await freePort(host), http: await freePort(), child: undefined })
  const core = await startKamailio(servers)

  const start: SipProcesses['start'] = async (server) => {
    const child = await startChild({
      command: process.execPath,
      args: ['--import', 'tsx', 'src/main.ts', 'serve'],
      log: join(folder, `${server.host}.log`),
      folder: mkdtempSync(join(folder, 'server-')),
      environment: {
        ...process.env,
        XDMS_DATA: data,
        XDMS_PORT: String(server.http),
        XDMS_LEASE_MS: '1500',
        XDMS_SIP_CORE: `sip:${core.host}:${core.port};transport=tcp`,
        XDMS_SIP_HOST: server.host,
        XDMS_SIP_PORT: String(server.port),
        XDMS_MSRP_PORT: String(await freePort(server.host)),
        ...more,
      },
    })
    for (let line = await child.line(); !line?.startsWith('listening on'); line = await child.line())
      if (line === undefined) throw new Error(await child.complaint())
    server.child = child
  }
  for (const server of servers) await start(server)
  return {
    core,
    servers,
    start,
    async kill(server) {
      await server.child?.kill()
      server.child = undefined
    },
    async nothingWaits() {
      const living = servers.find(({ child }) => child !== undefined)
      const admin = new Client(`http://127.0.0.1:${living?.http}`, { user: ADMIN, password: 'secret' })
      for (let user = 1; user <= users; user++) {
        const path = `/api/users/sip:u${user}@example.com/deferred`
        while (((await admin.get(path)).json as { messages: unknown[] }).messages.length > 0)
          await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async close() {
      for (const { child } of servers) await child?.end()
      await core.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function writeAccounts(data: string, users: number): Promise<void> {
  const store = await openSqliteStore({ folder: data, clock: systemClock })
  for (let user = 1; user <= users; user++) {
    const xui = `sip:u${user}@example.com` as Xui
    await store.accounts.put({ xui, role: 'user', credentials: credentialsFor(xui, 'example.com', 'x') })
  }
  const credentials = credentialsFor(ADMIN, 'example.com', 'secret')
  await store.accounts.put({ xui: ADMIN, role: 'administrator', credentials })
  await store.close()
}
