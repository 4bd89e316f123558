/**
 * A process that cannot outlive the tests: it hangs on a pipe of ours, and when that closes, for whatever reason, it is
 * killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/**
 * Folder, log and the command are its arguments. It says the id of the process, and ends with it. The end of its input
 * kills the process and then removes the folder, which the last writers may still be leaving.
 */
const GUARD = `
folder=$1 log=$2; shift 2
exec 3<&0
"$@" </dev/null 2>>"$log" 3<&- &
held=$!
echo $held
exec >/dev/null
(
  read -r end <&3
  trap "" TERM
  kill -9 $held
  for try in 1 2 3 4 5 6 7 8 9; do rm -rf "$folder" && break; sleep 0.1; done
) &
wait $held
code=$?
kill $! && wait $!
exit $code
`

/** Who a process runs as. */
export interface Person {
  readonly uid: number
  readonly gid: number
}

export interface ChildServer {
  /** The next line that it prints on standard output; `undefined` when it ended. */
  line(): Promise<string | undefined>
  /** Its last words, for a fault. */
  complaint(): Promise<string>
  signal(name: NodeJS.Signals): void
  /** SIGKILL; its folder stays. Resolves when it is dead. */
  kill(): Promise<void>
  freeze(): void
  thaw(): void
  /** Resolves with its exit code; 128 and the number of the signal that killed it. */
  readonly ended: Promise<number>
  /** Ends it and removes its folder. */
  end(): Promise<void>
}

interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly log: string
  /** Removed when it ends by `end` or because we are gone. */
  readonly folder: string
  readonly person?: Person | undefined
  /** In place of our own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export async function startChild({
  command,
  args,
  log,
  folder,
  person,
  environment,
}: ChildOptions): Promise<ChildServer> {
  // In a session of its own: an interrupt from the terminal is for us, and the pipe tells it the rest.
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', folder, log, command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: environment ?? process.env,
    ...person,
  })
  const ended = once(guard, 'exit').then(([code]) => Number(code))
  guard.stdin.on('error', () => {})
  const lines = createInterface({ input: guard.stdout })[Symbol.asyncIterator]()
  const pid = Number((await lines.next()).value)
  const signal = (name: NodeJS.Signals): void => {
    process.kill(pid, name)
  }
  return {
    async line() {
      const { value, done } = await lines.next()
      return done === true ? undefined : value
    },
    signal,
    ended,
    complaint: async () => (await readFile(log, 'utf8')).trim().split('\n').slice(-5).join(' | '),
    async kill() {
      signal('SIGKILL')
      await ended
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async end() {
      guard.stdin.end()
      await ended
      // One that ended by itself left it.
      await rm(folder, { recursive: true, force: true })
    },
  }
}
