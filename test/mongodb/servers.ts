/** Servers of ours, each a process of its own, on one database; and who has an account there. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '../../src/access/account.ts'
import { credentialsFor } from '../../src/access/credentials.ts'
import { assemble } from '../../src/assemble.ts'
import { readSettings } from '../../src/config.ts'
import { canonicalXui } from '../../src/xui.ts'
import { Client } from '../http/client.ts'
import { startChild, type ChildServer } from '../servers/child.ts'

const ROOT = new URL('../..', import.meta.url).pathname

export const ALICE = 'sip:alice@example.com'
export const BOB = 'sip:bob@example.com'
const ADMIN = 'sip:admin@example.com'

export interface Running extends Pick<ChildServer, 'signal' | 'kill' | 'freeze' | 'thaw' | 'ended' | 'complaint'> {
  readonly url: string
  /** A client of this server, logged in. */
  client(xui: string): Client
}

type Environment = Readonly<Record<string, string>>

const running = new Set<ChildServer>()

/** `npm start` with `store` as XDMS_STORE: the program as it is, from its source. */
export async function launch(store: string, environment: Environment = {}): Promise<ChildServer> {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-server-'))
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('XDMS_'))
  const child = await startChild({
    command: process.execPath,
    args: ['--import', `${ROOT}node_modules/tsx/dist/esm/index.mjs`, `${ROOT}src/main.ts`, 'serve'],
    log: join(folder, 'log'),
    folder,
    environment: {
      ...Object.fromEntries(others),
      XDMS_STORE: store,
      XDMS_PORT: '0',
      XDMS_LOG_LEVEL: 'warn',
      ...environment,
    },
  })
  running.add(child)
  return child
}

/** Resolves when it serves. */
export async function startServer(store: string, environment: Environment = {}): Promise<Running> {
  const server = await launch(store, environment)
  for (let line = await server.line(); line !== undefined; line = await server.line()) {
    const url = /^listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) return { ...server, url, client: (xui) => clientAt(url, xui) }
  }
  throw new Error(`the server ended before it listened: ${await server.complaint()}`)
}

export function passwordOf(xui: string): string {
  return `${xui} secret`
}

function clientAt(url: string, xui: string): Client {
  return new Client(url, { user: xui, password: passwordOf(xui) })
}

/** For `afterAll`: nothing outlives a file. */
export async function endServers(): Promise<void> {
  for (const server of running) await server.end()
  running.clear()
}

/** Makes the store, with an administrator, Alice, Bob and `others` in it. */
export async function populate(store: string, others: readonly string[] = []): Promise<void> {
  const assembled = await assemble(
    readSettings({ XDMS_STORE: store, XDMS_STORE_WAIT_MS: '60000', XDMS_PORT: '0', XDMS_LOG_LEVEL: 'silent' }),
  )
  const people: readonly (readonly [string, Role])[] = [
    [ADMIN, 'administrator'],
    ...[ALICE, BOB, ...others].map((name) => [name, 'user'] as const),
  ]
  for (const [name, role] of people) {
    const xui = canonicalXui(name)
    if (xui === undefined) throw new Error(`${name} is no XUI`)
    await assembled.accounts.put({ xui, role, credentials: credentialsFor(xui, 'example.com', passwordOf(name)) })
  }
  await assembled.close()
}
