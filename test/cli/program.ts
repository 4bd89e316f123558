/** The program in a process of its own, from its source. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Input, Terminal } from '../../src/cli/terminal.ts'

export const ROOT = new URL('../..', import.meta.url).pathname
const SOURCE = ['--import', 'tsx', `${ROOT}src/main.ts`]

export interface Program {
  readonly child: ChildProcess
  readonly out: () => string
  readonly errors: () => string
  /** Resolves with what `pattern` found on standard output; rejects when the program ended without it. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>
  /** The exit code, or the signal that ended it, once all its output is read. */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  /** Instead of this program's source. */
  readonly command?: readonly [string, ...string[]]
}

const running = new Set<ChildProcess>()
const folders: string[] = []

export function program(words: readonly string[], { environment = {}, input, command }: ProgramOptions = {}): Program {
  const [file, ...first] = command ?? [process.execPath, ...SOURCE]
  const child = spawn(file, [...first, ...words], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...environment },
    stdio: 'pipe',
  })
  running.add(child)
  let out = ''
  let errors = ''
  const look = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const each of look) each()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve(signal ?? code)
    })
  })
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const found = pattern.exec(out)
        if (found !== null) resolve(found)
      }
      look.add(check)
      check()
      void ended.then((how) => reject(new Error(`ended (${how}) without ${pattern}: ${out}${errors}`)))
    })
  return { child, out: () => out, errors: () => errors, printed, ended }
}

/**
 * `npm start` runs what was built; `npm test` builds before it tests, and who runs one test by hand need not think of
 * it.
 */
export async function buildWhatIsOld(): Promise<void> {
  const built = existsSync(`${ROOT}dist/main.js`) ? statSync(`${ROOT}dist/main.js`).mtimeMs : 0
  const changed = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).some(
    (path) => statSync(`${ROOT}src/${path}`).mtimeMs > built,
  )
  if (!changed) return
  const build = program(['run', '-s', 'build'], { command: ['npm'] })
  if ((await build.ended) !== 0) throw new Error(`It does not build: ${build.out()}${build.errors()}`)
}

/** Nobody's settings: what the tests run in has none of ours. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('XDMS_')))
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cpm-xdms-cli-'))
  folders.push(folder)
  return folder
}

/** For `afterEach`: nothing outlives a test, also one that failed. */
export async function clear(): Promise<void> {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
}

export interface Recorded extends Terminal {
  readonly said: string[]
  readonly complained: string[]
  readonly asked: string[]
}

/** A terminal that remembers what was written. `input` is what stands behind standard input. */
export function recorded(input: Input): Recorded {
  const [said, complained, asked]: [string[], string[], string[]] = [[], [], []]
  return {
    input,
    said,
    complained,
    asked,
    say: (line) => void said.push(line),
    complain: (line) => void complained.push(line),
    ask: (question) => void asked.push(question),
    coloured: false,
    watched: false,
  }
}
