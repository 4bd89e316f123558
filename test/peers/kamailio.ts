/** A Kamailio of its own, with the configuration that an operator gets. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../servers/free-port.ts'
import { kamailioFiles } from '../../src/sip/kamailio.ts'

export interface Kamailio {
  readonly host: string
  readonly port: number
  /** Where it speaks TLS, if it does. */
  readonly tlsPort: number | undefined
  /** What it said so far. */
  readonly log: () => string
  /** Contacts that it has on disk. */
  registered(): number
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

const TABLES = { core: ['standard', 'presence', 'auth_db'], location: ['standard', 'usrloc'] }

export interface KamailioOptions {
  readonly defines?: readonly string[]
  /** Folder with `ca.pem`, `core.pem` and `core.key`: TLS between the core and us. */
  readonly certificates?: string
  /** Who has a password with the core. */
  readonly passwords?: Readonly<Record<string, string>>
}

export async function startKamailio(
  servers: readonly { readonly host: string; readonly port: number }[],
  { defines = ['WITHOUT_PASSWORDS'], certificates, passwords = {} }: KamailioOptions = {},
): Promise<Kamailio> {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-core-'))
  const host = '127.0.0.1'
  const port = await freePort(host)
  const tlsPort = certificates === undefined ? undefined : await freePort(host)
  const plan = { host, port, domain: 'example.com', servers, folder }
  const files = kamailioFiles(tlsPort === undefined ? plan : { ...plan, tlsPort })
  mkdirSync(folder, { recursive: true })
  if (certificates !== undefined) {
    writeFileSync(join(folder, 'tls.cfg'), files.tls)
    copyFileSync(join(certificates, 'ca.pem'), join(folder, 'ca.pem'))
    for (const kind of ['pem', 'key']) copyFileSync(join(certificates, `core.${kind}`), join(folder, `server.${kind}`))
  }
  writeFileSync(join(folder, 'kamailio.cfg'), files.configuration)
  writeFileSync(join(folder, 'servers.list'), files.servers)
  for (const [database, tables] of Object.entries(TABLES)) {
    for (const table of tables) {
      const file = `/usr/share/kamailio/db_sqlite/${table}-create.sql`
      const made = spawnSync('sh', ['-c', `sqlite3 ${folder}/${database}.db < ${file}`])
      if (made.status !== 0) throw new Error(`sqlite3: ${String(made.stderr)}`)
    }
  }
  for (const [user, password] of Object.entries(passwords)) {
    const row = `insert into subscriber (username, domain, password) values ('${user}', 'example.com', '${password}')`
    const made = spawnSync('sqlite3', [join(folder, 'core.db'), row])
    if (made.status !== 0) throw new Error(`sqlite3: ${String(made.stderr)}`)
  }
  let log = ''
  let running: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const options = ['-DD', '-E', '-f', join(folder, 'kamailio.cfg'), '-P', join(folder, 'pid'), '-Y', folder]
    // Its own group, so that its children go with it.
    running = spawn('kamailio', [...options, '-m', '128', '-M', '8', ...defines.flatMap((each) => ['-A', each])], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const one = running
    for (const stream of [one.stdout, one.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk.toString()))
    while (!(await answers(host, port))) {
      if (one.exitCode !== null) throw new Error(`kamailio ended with ${one.exitCode}\n${log.slice(-3000)}`)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
  const kill = async (): Promise<void> => {
    const one = running
    if (one?.pid === undefined || one.exitCode !== null || one.signalCode !== null) return
    const ended = new Promise((resolve) => one.once('close', resolve))
    process.kill(-one.pid, 'SIGKILL')
    await ended
  }
  await start()
  return {
    host,
    port,
    tlsPort,
    log: () => log,
    registered: () =>
      Number(spawnSync('sqlite3', [join(folder, 'location.db'), 'select count(*) from location']).stdout.toString()),
    kill,
    start,
    stop: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
