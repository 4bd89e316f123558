/** A server in a process of its own, to be killed. */
import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ENTRY = new URL('server.ts', import.meta.url).pathname
/** A machine that is busy with other tests takes its time to start a process. */
const START_AT_MOST_MS = 25_000

export interface ServerProcess {
  readonly url: string
  /** From now on it dies where it was told to. */
  arm(): Promise<void>
  /** SIGKILL from outside; resolves when it is dead. */
  kill(): Promise<void>
  /** Resolves with the signal that ended it. */
  readonly death: Promise<NodeJS.Signals | number | null>
}

export interface StartOptions {
  /** Where to die once armed. */
  readonly point?: string
  /** How far its clock is ahead. */
  readonly aheadMs?: number
  readonly settings?: Readonly<Record<string, string>>
}

const living = new Set<ChildProcess>()

export async function start(place: string, options: StartOptions = {}): Promise<ServerProcess> {
  const child = launch(place, options, 'armed')
  const death = deathOf(child)
  const complaint = collect(child)
  const { url } = (await Promise.race([said(child), death.then((how) => ({ how }))])) as { url?: string }
  if (url === undefined) throw new Error(`the server ended before it listened: ${complaint()}`)
  return {
    url,
    death,
    async arm() {
      const answered = said(child)
      child.send('arm')
      await answered
    },
    async kill() {
      child.kill('SIGKILL')
      await death
    },
  }
}

/** For a point that lies before the server listens: resolves with how the process ended. */
export async function startAndDie(place: string, point: string): Promise<NodeJS.Signals | number | null> {
  return await deathOf(launch(place, { point }, 'at-once'))
}

function launch(
  place: string,
  { point = 'none', aheadMs = 0, settings = {} }: StartOptions,
  when: 'armed' | 'at-once',
): ChildProcess {
  const child = fork(ENTRY, [place, point, String(aheadMs), when, JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  living.add(child)
  child.once('exit', () => living.delete(child))
  return child
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server said nothing in time')), START_AT_MOST_MS)
    child.once('message', (message) => {
      clearTimeout(late)
      resolve(message)
    })
    child.once('exit', () => clearTimeout(late))
  })
}

function deathOf(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

const folders: string[] = []

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cpm-xdms-kill-'))
  folders.push(folder)
  return folder
}

/** For `afterEach`: nothing outlives a test, also one that failed. */
export async function clear(): Promise<void> {
  for (const child of living) child.kill('SIGKILL')
  await Promise.all([...living].map(deathOf))
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}
