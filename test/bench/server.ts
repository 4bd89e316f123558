/** The real server as a process of its own, on a folder of its own, and what it costs. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = new URL('../../dist/main.js', import.meta.url).pathname
/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export interface Server {
  readonly url: string
  readonly pid: number
  /** Where its data lie. */
  readonly folder: string
  /** Seconds of CPU that the process has used, all its threads together. */
  cpu(): number
  /** Bytes of memory that the process holds at this moment. */
  rss(): number
  /** Asks what was loaded into the process beside the server. */
  askProbe(question?: string): Promise<unknown>
  /** On the same data, at another port: how many milliseconds until it listens. */
  restart(): Promise<number>
  stop(): Promise<void>
}

export const ADMINISTRATOR = { userName: 'admin@example.com', password: 'bench-password' }

/**
 * @param settings beside those of a server on its own folder, XDMS_STORE for one.
 * @param probe a module that is loaded into the server's process and answers messages.
 */
export async function startServer(settings: Readonly<Record<string, string>> = {}, probe?: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-bench-'))
  const environment = { ...process.env, XDMS_DATA: folder, XDMS_PORT: '0', ...settings }
  execFileSync(
    process.execPath,
    [MAIN, 'user', 'add', 'sip:admin@example.com', '--role', 'administrator', '--password-stdin'],
    {
      env: environment,
      input: ADMINISTRATOR.password,
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  )
  // `BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp'` shows where the time goes.
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
  const loaded = probe === undefined ? flags : [...flags, '--import', probe]
  const spawned = (): ChildProcess =>
    spawn(process.execPath, [...loaded, MAIN, 'serve'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    })
  const ended = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  let child = spawned()
  let url = await listening(child)
  return {
    folder,
    get url() {
      return url
    },
    get pid() {
      return child.pid ?? 0
    },
    async restart() {
      await ended()
      const began = performance.now()
      child = spawned()
      url = await listening(child)
      return performance.now() - began
    },
    cpu() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
    rss() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) * 1024
    },
    async askProbe(question = '') {
      const answered = new Promise((resolve) => child.once('message', resolve))
      child.send(question)
      return answered
    },
    async stop() {
      await ended()
      rmSync(folder, { recursive: true })
    },
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    if (child.stdout === null) return reject(new Error('the server has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (http:\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
}
