/**
 * This server and Kamailio's xcap_server in one run: `npm run bench:peers`. Ours signs and checks Digest on every
 * request, judges by schemas and keeps history; the peer does none of it. Scenario by scenario in turn, three rounds,
 * so that what the machine does meanwhile meets all of them. Absolute figures drift with the machine; the ratios count.
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Connection } from './connection.ts'
import { listsOf } from './lists.ts'
import { addUser, expect, login, missed, progress, say } from './load.ts'
import { ADMINISTRATOR, startServer } from './server.ts'
import { cpuOf, missingFor, startPeer, type Backend, type XcapPeer } from './xcap-peer.ts'

const USERS = Number(process.env['BENCH_USERS'] ?? 500)
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3)
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3)
/** Only scenarios whose name holds this, `PUT` say. */
const ONLY = process.env['BENCH_ONLY'] ?? ''
/** Ours alone, without the peers: to look at what an edit of the code does. */
const ALONE = process.env['BENCH_ALONE'] !== undefined
/** Of ours. With several, what they do together in a second is compared, not what a request costs. */
const WORKERS = Number(process.env['BENCH_WORKERS'] ?? 1)
const CONNECTIONS = 16
const THREADS = 2
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
const REQUESTS = new URL('./requests.lua', import.meta.url).pathname
const LISTS_TYPE = 'application/resource-lists+xml'
const ELEMENT_TYPE = 'application/xcap-el+xml'
const ENTRY = '/~~/resource-lists/list%5b@name=%22friends%22%5d/entry%5b@uri=%22sip:bob@example.com%22%5d'

const SMALL = listsOf(2_048)
const LARGE = listsOf(10_240)

/** The same with a number in it that no other request has. */
const unheard = (text: string): string => text.replace('of @USER@', '@COUNT@ of @USER@')

interface Scenario {
  readonly name: string
  readonly method: 'GET' | 'PUT'
  readonly document: 'index' | 'big'
  readonly node: boolean
  readonly fields: (etag: string) => string
  readonly body: string | undefined
  /** So many times cheaper than the better of the two peers is ours to be. */
  readonly times: number
  /** So many times as much in a second as the better of the two is to be done by several workers of ours. */
  readonly together?: number
}

const nothing = (): string => ''
const GET = { method: 'GET', document: 'index', node: false, fields: nothing, body: undefined } as const
const PUT = { method: 'PUT', document: 'index', node: false, fields: () => `Content-Type: ${LISTS_TYPE}` } as const
const PUT_ELEMENT = { ...PUT, node: true, fields: () => `Content-Type: ${ELEMENT_TYPE}`, times: 2.3 } as const
const ELEMENT = `<entry uri="sip:bob@example.com"><display-name>Bob of @USER@</display-name></entry>`

const SCENARIOS: readonly Scenario[] = [
  { ...GET, name: 'GET 2 KB', times: 1.9, together: 1 },
  { ...GET, name: '304', fields: (etag) => `If-None-Match: ${etag}`, times: 1.35 },
  { ...GET, name: 'GET element', node: true, times: 2.2 },
  { ...GET, name: 'GET 10 KB', document: 'big', times: 2.7 },
  { ...GET, name: 'element of 10 KB', document: 'big', node: true, times: 2 },
  // What lies there is put again; and then a text that nobody has sent before.
  { ...PUT, name: 'PUT 2 KB', body: SMALL, times: 2.2, together: 0.9 },
  { ...PUT, name: 'PUT 2 KB, new text', body: unheard(SMALL), times: 2.2, together: 0.9 },
  { ...PUT_ELEMENT, name: 'PUT element', body: ELEMENT },
  { ...PUT_ELEMENT, name: 'PUT element, new text', body: unheard(ELEMENT) },
  { ...PUT, name: 'PUT 10 KB', document: 'big', body: LARGE, times: 1.65 },
  { ...PUT, name: 'PUT 10 KB, new text', document: 'big', body: unheard(LARGE), times: 1.65 },
]

interface Contender {
  readonly name: string
  readonly url: string
  readonly pids: readonly number[]
  /** Whether its requests are signed. */
  readonly signs: boolean
  /** ETags of the small documents. */
  readonly etags: readonly string[]
  readonly takes: (scenario: Scenario) => boolean
}

interface Measured {
  readonly micros: number
  readonly perSecond: number
  readonly errors: number
}

const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-bench-peers-'))

const xui = (user: number): string => `sip:u${user}@example.com`
const target = (user: number, document: string): string => `/xcap-root/resource-lists/users/${xui(user)}/${document}`

async function each(
  count: number,
  atOnce: number,
  what: string,
  work: (n: number, worker: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const run = async (worker: number): Promise<void> => {
    while (next < count) {
      const n = next++
      await work(n, worker)
      progress(`${what}: ${next} of ${count}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => run(worker)))
  progress('')
}

const forUser = (text: string, user: number): Buffer => Buffer.from(text.replaceAll('@USER@', `u${user}`))

/** With several workers, the one that was started and these. */
function processesOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [pid, ...children.map(Number)]
}

async function ourServer(): Promise<{ readonly contender: Contender; readonly stop: () => Promise<void> }> {
  const server = await startServer({ NODE_ENV: 'production', XDMS_WORKERS: String(WORKERS) })
  const admins = Array.from({ length: 8 }, () => new Connection(server.url, ADMINISTRATOR))
  const etags: string[] = []
  await each(USERS, admins.length, 'users of ours', async (user, worker) => {
    const admin = admins[worker] as Connection
    await addUser(admin, xui(user), 'user')
    const type = { 'content-type': LISTS_TYPE }
    const put = (document: string, text: string) => admin.ask('PUT', target(user, document), type, forUser(text, user))
    etags[user] = expect(await put('index', SMALL), 200, 201).headers.get('etag') ?? ''
    expect(await put('big', LARGE), 200, 201)
  })
  for (const admin of admins) admin.close()
  return {
    contender: { name: 'ours', url: server.url, pids: processesOf(server.pid), signs: true, etags, takes: () => true },
    stop: () => server.stop(),
  }
}

async function filled(backend: Backend, peer: XcapPeer): Promise<Contender> {
  const etags: string[] = []
  const put = async (user: number, document: string, text: string): Promise<string> => {
    const headers = { 'content-type': LISTS_TYPE }
    const answer = await fetch(peer.url + target(user, document), { method: 'PUT', headers, body: forUser(text, user) })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`Kamailio on ${backend} answers ${answer.status}`)
    return answer.headers.get('etag') ?? ''
  }
  await each(USERS, 1, `users of Kamailio on ${backend}`, async (user) => {
    etags[user] = await put(user, 'index', SMALL)
    await put(user, 'big', LARGE)
  })
  // Two writers at once on SQLite, and one of them is answered 500: its writes would be counted as errors.
  const takes = ({ method }: Scenario): boolean => backend === 'MariaDB' || method === 'GET'
  return { name: `Kamailio, ${backend}`, url: peer.url, pids: peer.pids, signs: false, etags, takes }
}

/** What wrk is told beside its address: the requests, and with what they are signed. */
async function argumentsFor({ url, signs, etags }: Contender, scenario: Scenario): Promise<readonly string[]> {
  const { method, document, node, fields, body } = scenario
  const bodies = join(folder, 'body.xml')
  if (body !== undefined) writeFileSync(bodies, body)
  const lines = Array.from({ length: USERS }, (_, user) =>
    [method, target(user, document) + (node ? ENTRY : ''), `u${user}`, fields(etags[user] ?? ''), body && bodies].join(
      '\t',
    ),
  )
  const requests = join(folder, 'requests')
  writeFileSync(requests, `${lines.join('\n')}\n`)
  if (!signs) return [requests]
  const nonces: string[] = []
  let challenge = ''
  for (let thread = 0; thread < THREADS; thread++) {
    const answer = await fetch(url + target(0, 'index'))
    await answer.arrayBuffer()
    challenge = answer.headers.get('www-authenticate') ?? ''
    nonces.push(parameter(challenge, 'nonce'))
  }
  return [requests, parameter(challenge, 'realm'), parameter(challenge, 'opaque'), login('').password, ...nonces]
}

function parameter(challenge: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]+)"`).exec(challenge)?.[1] ?? ''
}

async function measure(contender: Contender, scenario: Scenario): Promise<Measured> {
  const options = [`-t${THREADS}`, `-c${CONNECTIONS}`, `-d${SECONDS}s`, '--timeout', '5s', '-s', REQUESTS]
  const told = await argumentsFor(contender, scenario)
  const before = cpuOf(contender.pids, TICKS_PER_SECOND)
  const { stdout } = await promisify(execFile)('wrk', [...options, contender.url, '--', ...told])
  const cpu = cpuOf(contender.pids, TICKS_PER_SECOND) - before
  const [, requests, duration, errors] = /RESULT (\d+) (\d+) (\d+)/.exec(stdout) ?? []
  if (requests === undefined) throw new Error(`wrk says: ${stdout}`)
  return {
    micros: (cpu / Number(requests)) * 1e6,
    perSecond: (Number(requests) / Number(duration)) * 1e6,
    errors: Number(errors),
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** @param results of those that take the scenario. */
function row(scenario: Scenario, names: readonly string[], results: ReadonlyMap<string, readonly Measured[]>): string {
  const of = (name: string, field: keyof Measured): number => median((results.get(name) ?? []).map((one) => one[field]))
  const cells = names.map((name) => {
    const failed = (results.get(name) ?? []).reduce((sum, { errors }) => sum + errors, 0)
    const shown = `${Math.round(of(name, 'micros'))} µs ${Math.round(of(name, 'perSecond')).toLocaleString('en')}/s`
    return results.has(name) ? `${shown}${failed === 0 ? '' : `, ${failed} errors`}` : '–'
  })
  const peers = [...results.keys()].filter((name) => name !== 'ours')
  if (peers.length === 0) return `| ${[scenario.name, ...cells, '–'].join(' | ')} |`
  if (WORKERS > 1) {
    const ratio = of('ours', 'perSecond') / Math.max(...peers.map((name) => of(name, 'perSecond')))
    const { together = 0 } = scenario
    if (ratio < together)
      missed.push(`${scenario.name}: ${ratio.toFixed(2)} times as many as the better peer, bound ${together}`)
    return `| ${[scenario.name, ...cells, `${ratio.toFixed(2)} (${together || '–'})`].join(' | ')} |`
  }
  const times = Math.min(...peers.map((name) => of(name, 'micros'))) / of('ours', 'micros')
  if (times < scenario.times)
    missed.push(`${scenario.name}: ${times.toFixed(2)} times cheaper than the better peer, bound ${scenario.times}`)
  return `| ${[scenario.name, ...cells, `${times.toFixed(2)} (${scenario.times})`].join(' | ')} |`
}

const backends: readonly Backend[] = ALONE ? [] : ['SQLite', 'MariaDB']
const absent = backends.filter((backend) => missingFor(backend).length > 0)
for (const backend of absent) say(`NOT MEASURED: Kamailio on ${backend}; missing: ${missingFor(backend).join(', ')}`)
if (absent.length > 0)
  say(
    'Debian has all of it: kamailio kamailio-xml-modules kamailio-presence-modules kamailio-sqlite-modules ' +
      'kamailio-mysql-modules mariadb-server sqlite3 wrk',
  )
if (!existsSync('/usr/bin/wrk')) {
  say('NOT MEASURED: wrk is not here, and nothing can be measured without it.')
  process.exit(1)
}

say(
  `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), node ${process.version}, load and servers on ` +
    `one machine, ${CONNECTIONS} connections, ${USERS} users, ${WORKERS} of ours`,
)
const ours = await ourServer()
const peers: XcapPeer[] = []
try {
  const contenders = [ours.contender]
  for (const backend of backends.filter((each) => !absent.includes(each))) {
    const peer = await startPeer(backend)
    peers.push(peer)
    contenders.push(await filled(backend, peer))
  }
  const names = contenders.map(({ name }) => name)
  const compared = WORKERS > 1 ? 'as many' : 'times'
  say(`| CPU of the server for a request, requests/s | ${names.join(' | ')} | ${compared} (bound) |`)
  say(`|${' --- |'.repeat(contenders.length + 2)}`)
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(ONLY))) {
    const taking = contenders.filter(({ takes }) => takes(scenario))
    const results = new Map(taking.map(({ name }): [string, Measured[]] => [name, []]))
    for (let round = 0; round <= ROUNDS; round++)
      for (const contender of taking) {
        progress(`${scenario.name}: ${contender.name}, ${round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}`}`)
        const measured = await measure(contender, scenario)
        if (round > 0) results.get(contender.name)?.push(measured)
      }
    progress('')
    say(row(scenario, names, results))
  }
} finally {
  await ours.stop()
  for (const peer of peers) await peer.stop()
  rmSync(folder, { recursive: true, force: true })
}
for (const line of missed) say(`missed: ${line}`)
process.exitCode = missed.length === 0 ? 0 : 1
