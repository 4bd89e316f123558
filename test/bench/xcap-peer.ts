/** Kamailio's xcap_server over fresh data, from Debian's packages: the C server that ours is measured beside. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MODULES = '/usr/lib/x86_64-linux-gnu/kamailio/modules/'
const TABLES = '/usr/share/kamailio'
const SECONDS_TO_START = 60

export type Backend = 'SQLite' | 'MariaDB'

export interface XcapPeer {
  readonly url: string
  /** Processes whose CPU time is its own, their children with them. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** What is missing for a peer on this backend; empty where it can be started. */
export function missingFor(backend: Backend): readonly string[] {
  const needed =
    backend === 'SQLite'
      ? [`${MODULES}db_sqlite.so`, '/usr/bin/sqlite3']
      : [`${MODULES}db_mysql.so`, '/usr/sbin/mariadbd', '/usr/bin/mariadb-install-db']
  return ['/usr/sbin/kamailio', `${MODULES}xcap_server.so`, ...needed].filter((file) => !existsSync(file))
}

/** Not loaded more than it can take: two processes on SQLite, because its writers shut each other out; eight else. */
const WORKERS: Readonly<Record<Backend, number>> = { SQLite: 2, MariaDB: 8 }

export async function startPeer(backend: Backend): Promise<XcapPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-peer-'))
  const children: ChildProcess[] = []
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await ended(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const database = backend === 'SQLite' ? sqlite(folder) : await mariadb(folder, children)
    const port = await freePort()
    const file = join(folder, 'kamailio.cfg')
    writeFileSync(file, configuration(database, port, WORKERS[backend]))
    const core = spawn('kamailio', ['-f', file, '-m', '512', '-M', '32', '-DD', '-E'], { stdio: 'ignore' })
    children.push(core)
    await until(() => answers(port), `Kamailio on ${backend}`)
    return { url: `http://127.0.0.1:${port}`, pids: children.map(({ pid }) => pid ?? 0), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Database {
  readonly module: string
  readonly url: string
  readonly settings: string
}

function sqlite(folder: string): Database {
  const file = join(folder, 'xcap.db')
  const tables = (name: string): string => readFileSync(`${TABLES}/db_sqlite/${name}-create.sql`, 'utf8')
  const input = `PRAGMA journal_mode=WAL;\n${tables('standard')}\n${tables('presence')}`
  execFileSync('sqlite3', [file], { input, stdio: ['pipe', 'ignore', 'inherit'] })
  return {
    module: 'db_sqlite',
    url: `sqlite://${file}`,
    settings: `modparam("db_sqlite", "db_set_journal_mode", "${file}=WAL;")`,
  }
}

/** With one sync for each commit, as its default is: what was answered is on disk, as with us. */
async function mariadb(folder: string, children: ChildProcess[]): Promise<Database> {
  const data = join(folder, 'data')
  const socket = join(folder, 'mysql.sock')
  mkdirSync(data)
  execFileSync(
    'mariadb-install-db',
    ['--no-defaults', '--user=root', `--datadir=${data}`, '--auth-root-authentication-method=normal'],
    { stdio: 'ignore' },
  )
  const server = spawn(
    'mariadbd',
    ['--no-defaults', '--user=root', `--datadir=${data}`, `--socket=${socket}`, '--skip-networking'],
    { stdio: 'ignore' },
  )
  children.push(server)
  const ask = (...args: readonly string[]): string[] => ['--no-defaults', '-S', socket, '-uroot', ...args]
  await until(() => succeeds('mariadb-admin', ask('ping')), 'MariaDB')
  const tables = (name: string): string => readFileSync(`${TABLES}/mysql/${name}-create.sql`, 'utf8')
  const input = [
    'create database kamailio character set utf8mb4;',
    "create user kamailio@localhost identified by 'kamailiorw';",
    'grant all on kamailio.* to kamailio@localhost; use kamailio;',
    tables('standard'),
    tables('presence'),
  ].join('\n')
  execFileSync('mariadb', ask(), { input, stdio: ['pipe', 'ignore', 'inherit'] })
  process.env['MYSQL_UNIX_PORT'] = socket
  return { module: 'db_mysql', url: 'mysql://kamailio:kamailiorw@localhost/kamailio', settings: '' }
}

function configuration({ module, url, settings }: Database, port: number, workers: number): string {
  return `#!KAMAILIO
debug=-1
log_stderror=yes
fork=yes
children=1
tcp_children=${workers}
tcp_accept_no_cl=yes
tcp_max_connections=2048
tcp_rd_buf_size=65536
disable_sctp=yes
listen=tcp:127.0.0.1:${port}
mpath="${MODULES}"
${[module, 'sl', 'pv', 'xlog', 'textops', 'xhttp', 'xcap_server'].map((name) => `loadmodule "${name}.so"`).join('\n')}
${settings}
modparam("xcap_server", "db_url", "${url}")
modparam("xcap_server", "buf_size", 262144)
modparam("xcap_server", "xml_ns", "rl=urn:ietf:params:xml:ns:resource-lists")
request_route { exit; }
event_route[xhttp:request] {
  $xcapuri(u=>data) = $hu;
  switch ($rm) {
    case "PUT":
      xcaps_put("$xcapuri(u=>xuid)", "$hu", "$rb");
      exit;
    case "GET":
      xcaps_get("$xcapuri(u=>xuid)", "$hu");
      exit;
  }
  xhttp_reply("405", "Method Not Allowed", "", "");
}
`
}

/** Seconds of CPU of these processes and of all that descend from them. */
export function cpuOf(roots: readonly number[], ticksPerSecond: number): number {
  const parents = new Map<number, { readonly parent: number; readonly ticks: number }>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const fields = statOf(name)
    if (fields !== undefined)
      parents.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) })
  }
  const isOurs = (pid: number): boolean => roots.includes(pid) || (pid > 1 && isOurs(parents.get(pid)?.parent ?? 0))
  let ticks = 0
  for (const [pid, { ticks: own }] of parents) if (isOurs(pid)) ticks += own
  return ticks / ticksPerSecond
}

/** A process may end while it is looked at. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
  } catch {
    return undefined
  }
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + SECONDS_TO_START * 1_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what} does not answer after ${SECONDS_TO_START} s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port is free')),
      )
    })
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const over = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await over
}
