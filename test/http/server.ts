/** The whole server on a folder of its own, with three people in it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { credentialsFor } from '../../src/access/credentials.ts'
import type { Role } from '../../src/access/account.ts'
import { assemble, type Assembled, type Beside, type Seams } from '../../src/assemble.ts'
import { systemClock } from '../../src/clock.ts'
import { readSettings } from '../../src/config.ts'
import type { Xui } from '../../src/names.ts'
import { openTestDatabase } from '../servers/mongodb.ts'
import { Client } from './client.ts'
import { spawnWorkers, workersAsked, type Spawned } from './workers.ts'

export const ALICE = 'sip:alice@example.com'
export const BOB = 'sip:bob@example.com'
export const PHONE = 'urn:uuid:00000000-0000-1000-8000-000a95a0e128'

export interface Running {
  readonly url: string
  readonly adminUrl: string
  readonly trustedUrl: string | undefined
  readonly assembled: Assembled
  /** The lines of the log, parsed. */
  readonly log: readonly Record<string, unknown>[]
  readonly logText: () => string
  readonly alice: Client
  readonly bob: Client
  readonly admin: Client
  readonly pf: Client
  readonly stranger: Client
  close(): Promise<void>
}

const PEOPLE: readonly (readonly [string, Role])[] = [
  [ALICE, 'user'],
  [BOB, 'user'],
  ['sip:admin@example.com', 'administrator'],
  ['sip:pf@example.com', 'participating-function'],
]

/** For a test that reaches into the server: it is in this process, also where the suite is run with workers. */
export const IN_THIS_PROCESS: Seams = { clock: systemClock }

/** @param beside where it is one of several workers in this process. */
export async function startServer(
  environment: Record<string, string> = {},
  seams: Seams = {},
  beside: Beside = {},
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-http-'))
  const written = {
    XDMS_DATA: folder,
    XDMS_PORT: '0',
    // Clients of tests keep their connections, and would be waited for.
    XDMS_LAME_DUCK_MS: '0',
    ...environment,
    ...(await storeOf(environment['XDMS_DATA'] ?? folder)),
  }
  const workers = workersAsked()
  const { assembled, url, adminUrl, trustedUrl, lines } =
    workers === undefined || Object.keys(seams).length > 0 || beside.workers !== undefined
      ? await startHere(written, seams, beside)
      : await spawnWorkers(workers, written, addPeople)
  const client = (xui: string): Client => new Client(url, { user: xui, password: passwordOf(xui) })
  let closing: Promise<void> | undefined
  return {
    url,
    adminUrl,
    trustedUrl,
    assembled,
    get log() {
      return lines().map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    logText: () => lines().join('\n'),
    alice: client(ALICE),
    bob: client(BOB),
    admin: client('sip:admin@example.com'),
    pf: client('sip:pf@example.com'),
    stranger: new Client(url, undefined),
    close: () => (closing ??= assembled.close().then(() => rmSync(folder, { recursive: true }))),
  }
}

async function startHere(environment: Record<string, string>, seams: Seams, beside: Beside): Promise<Spawned> {
  const lines: string[] = []
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => (lines.push(...chunk.toString().trimEnd().split('\n')), done()),
  })
  const log = pino({ level: 'info', base: null }, sink)
  const assembled = await assemble(readSettings(environment), { log, ...seams }, beside)
  await addPeople(assembled)
  return { assembled, ...(await assembled.start()), lines: () => lines }
}

async function addPeople({ accounts }: Assembled): Promise<void> {
  for (const [xui, role] of PEOPLE) {
    await accounts.put({
      xui: xui as Xui,
      role,
      credentials: credentialsFor(xui as Xui, 'example.com', passwordOf(xui)),
    })
  }
}

/** With HTTP_STORE=mongodb each folder stands for a database of its own. */
async function storeOf(folder: string): Promise<Record<string, string>> {
  if (process.env['HTTP_STORE'] !== 'mongodb') return {}
  const database = await openTestDatabase()
  if (database.kind === 'none') return {}
  // A busy machine's database is slow; what is said then has tests of its own.
  return { XDMS_STORE: database.url(`http_${basename(folder)}`), XDMS_STORE_WAIT_MS: '60000' }
}

export function passwordOf(xui: string): string {
  return `secret of ${xui}`
}
