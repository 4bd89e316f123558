/** An honest client beside an attack: what it gets, how long it waits, and what the server does meanwhile. */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import ts from 'typescript'
import { Connection } from '../bench/connection.ts'
import { addUser, login, quantile } from '../bench/load.ts'
import { ADMINISTRATOR, startServer, type Server } from '../bench/server.ts'
import { MIB, type Attack } from './attack.ts'
import { atRest, warmUp, type OfNode } from './memory.ts'
import { COLLECT, type Probed, type Stall } from './probe.ts'

const ATTACKER = new URL('attacker.ts', import.meta.url).pathname
const DOCUMENT = '/xcap-root/org.cpm-xdms.do-not-disturb/users/sip:alice@example.com/index'
const TYPE = { 'content-type': 'application/vnd.cpm-xdms.do-not-disturb+xml' }
/** An honest client asks this often. */
const EVERY_MS = 25

/** As `print systemd` and `print containerfile` start it. */
const AS_A_SERVICE = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' }

export const BOUNDS = { p99Ms: 250, stallMs: 50, rssMib: 20 } as const

export interface Finding {
  readonly attack: string
  readonly says: string
  readonly requests: number
  /** Answers that were neither 200 nor 201, and requests that got none. */
  readonly wrong: readonly string[]
  readonly p99Ms: number
  readonly stall: Stall
  readonly longestCpuMs: number
  /** Another process that wrote a page all the while waited so long for the disk, at most. */
  readonly longestSyncMs: number
  readonly rssMib: { readonly before: number; readonly most: number; readonly after: number }
  /** Of it: the heap of V8, and what hangs on it outside. */
  readonly ofNode: { readonly before: OfNode; readonly after: OfNode }
  readonly readyWhileServing: boolean
}

/** As JavaScript: what would translate it in the server's process takes more memory than the server. */
function probe(): string {
  const module = join(mkdtempSync(join(tmpdir(), 'cpm-xdms-probe-')), 'probe.mjs')
  const text = readFileSync(new URL('probe.ts', import.meta.url), 'utf8')
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  writeFileSync(module, ts.transpileModule(text, { compilerOptions }).outputText)
  return module
}

/** A server with alice and bob that has run for a while, so that what is measured is the attack. */
export async function startVictim(): Promise<Server> {
  const server = await startServer({ XDMS_LOG_LEVEL: 'warn', ...AS_A_SERVICE }, probe())
  const admin = new Connection(server.url, ADMINISTRATOR)
  for (const name of ['alice', 'bob', 'carol']) await addUser(admin, `sip:${name}@example.com`, 'user')
  admin.close()
  await warmUp(server, ['alice', 'carol'])
  return server
}

export async function measure(server: Server, attack: Attack, milliseconds: number): Promise<Finding> {
  // The honest client goes on to the end: a server at rest has no reason to collect its garbage.
  const calm = new AbortController()
  const earlier = beHonest(server, calm.signal)
  const before = await heldBy(server)
  calm.abort()
  await earlier
  const { ofNode: nodeBefore } = await askProbe(server)
  const ended = new AbortController()
  const honest = beHonest(server, ended.signal)
  const most = watchMemory(server, ended.signal)
  const sync = watchDisk(server, ended.signal)
  const child = fork(ATTACKER, [attack.id, server.url, String(milliseconds)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise((resolve) => child.once('exit', resolve))
  const ready = await statusOf(server, '/readyz')
  ended.abort()
  const { times, wrong } = await honest
  const { stall, longestCpu: longestCpuMs } = await askProbe(server)
  const later = new AbortController()
  const still = beHonest(server, later.signal)
  const left = await heldBy(server)
  later.abort()
  await still
  const { ofNode: nodeAfter } = await askProbe(server)
  return {
    attack: attack.id,
    says: attack.says,
    requests: times.length,
    wrong: [...new Set(wrong)],
    p99Ms: Number(
      quantile(
        [...times].sort((one, other) => one - other),
        0.99,
      ),
    ),
    stall,
    longestCpuMs,
    longestSyncMs: await sync,
    rssMib: { before, most: await most, after: left },
    ofNode: { before: nodeBefore, after: nodeAfter },
    readyWhileServing: ready === 200,
  }
}

interface Experience {
  readonly times: number[]
  readonly wrong: string[]
}

/**
 * A GET and a PUT again and again, each timed from the moment at which it was due: a stall counts for all it held up.
 */
async function beHonest(server: Server, signal: AbortSignal): Promise<Experience> {
  const times: number[] = []
  const wrong: string[] = []
  let connection = new Connection(server.url, login('alice'))
  const began = performance.now()
  for (let n = 0; !signal.aborted; n++) {
    const due = began + n * EVERY_MS
    if (due > performance.now()) await after(due - performance.now())
    const asked = Math.max(due, performance.now() - 5_000)
    try {
      const body = Buffer.from(`<do-not-disturb xmlns="urn:cpm-xdms:do-not-disturb:1" on="${n % 4 === 1}"/>`)
      const answer =
        n % 2 === 0 && n > 0 ? await connection.ask('GET', DOCUMENT) : await connection.ask('PUT', DOCUMENT, TYPE, body)
      if (answer.status !== 200 && answer.status !== 201) wrong.push(String(answer.status))
    } catch (error) {
      wrong.push((error as Error).message)
      connection.close()
      connection = new Connection(server.url, login('alice'))
    }
    times.push(performance.now() - asked)
  }
  connection.close()
  return { times, wrong }
}

/** What it holds when all has calmed down and no garbage is left, in MiB. */
async function heldBy(server: Server): Promise<number> {
  await atRest(server, 'least')
  await askProbe(server, COLLECT)
  return atRest(server, 'least')
}

async function askProbe(server: Server, question?: string): Promise<Probed> {
  return (await server.askProbe(question)) as Probed
}

async function statusOf(server: Server, path: string): Promise<number> {
  return (await fetch(server.url + path)).status
}

async function watchMemory(server: Server, signal: AbortSignal): Promise<number> {
  let most = 0
  while (!signal.aborted) {
    most = Math.max(most, server.rss() / MIB)
    await after(50)
  }
  return most
}

/** Beside the data of the server: what the disk is like for anybody. @returns the longest sync of a page, in ms. */
async function watchDisk(server: Server, signal: AbortSignal): Promise<number> {
  const file = await open(join(server.folder, 'page'), 'w')
  const page = Buffer.alloc(4_096, 1)
  let longest = 0
  while (!signal.aborted) {
    await file.write(page, 0, page.length, 0)
    const began = performance.now()
    await file.datasync()
    longest = Math.max(longest, performance.now() - began)
    await after(EVERY_MS)
  }
  await file.close()
  return longest
}

/** What a finding misses, in words; empty where everything held. */
export function missedBy(finding: Finding): readonly string[] {
  const { wrong, p99Ms, stall, longestCpuMs, rssMib, readyWhileServing } = finding
  const stallMs = stall.wall - stall.waited
  return [
    ...(wrong.length > 0 ? [`the honest client got ${wrong.join(', ')}`] : []),
    ...(p99Ms > BOUNDS.p99Ms ? [`p99 ${p99Ms.toFixed(0)} ms`] : []),
    ...(stallMs > BOUNDS.stallMs
      ? [`a stall of ${stallMs.toFixed(0)} ms, ${stall.asleep.toFixed(0)} of it asleep`]
      : []),
    ...(longestCpuMs > BOUNDS.stallMs ? [`${longestCpuMs.toFixed(0)} ms of processor time in one turn`] : []),
    ...(rssMib.after > rssMib.before + BOUNDS.rssMib ? [`memory stays at ${rssMib.after.toFixed(0)} MiB`] : []),
    ...(readyWhileServing ? [] : ['/readyz is not 200 though the server serves']),
  ]
}

/** A row of the table that is printed. */
export function rowOf(finding: Finding): string {
  const { before, most, after } = finding.rssMib
  const memory = [before, most, after].map((each) => each.toFixed(0)).join(', ')
  const parts = [finding.ofNode.before, finding.ofNode.after].map(
    ({ heapTotal, external }) => `${(heapTotal / MIB).toFixed(0)} + ${(external / MIB).toFixed(0)}`,
  )
  const { wall, waited, asleep, collecting, stolen } = finding.stall
  const stall = [wall, waited, asleep, collecting, stolen].map((each) => each.toFixed(0)).join(', ')
  const { p99Ms, longestSyncMs, longestCpuMs } = finding
  const times = `${p99Ms.toFixed(0)} | ${stall} | ${longestSyncMs.toFixed(0)} | ${longestCpuMs.toFixed(0)}`
  const figures = `${finding.requests} | ${times} | ${memory} | ${parts.join(', ')}`
  return `| ${finding.attack} | ${finding.says} | ${figures} | ${missedBy(finding).join('; ')} |`
}
