/** The server of `server.ts` as workers in processes of their own; this process has the store open beside them. */
import { pino } from 'pino'
import { assemble, type Assembled } from '../../src/assemble.ts'
import { readSettings } from '../../src/config.ts'
import { program, ROOT, type Program } from '../cli/program.ts'

export interface Spawned {
  readonly url: string
  readonly adminUrl: string
  readonly trustedUrl: string | undefined
  /** Serves nothing: what the rooms of the server say of its store. Its end is that of the workers, too. */
  readonly assembled: Assembled
  /** Lines of JSON. */
  readonly lines: () => readonly string[]
}

/** How many, where the suite is run with workers. */
export function workersAsked(): string | undefined {
  return process.env['HTTP_WORKERS']
}

/** @param fill makes what is there before they start. */
export async function spawnWorkers(
  count: string,
  environment: Readonly<Record<string, string>>,
  fill: (assembled: Assembled) => Promise<void>,
): Promise<Spawned> {
  const assembled = await assemble(readSettings(environment), { log: pino({ level: 'silent' }) })
  let primary: Program | undefined
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    primary?.child.kill('SIGTERM')
    const how = await primary?.ended
    await assembled.close()
    if (primary !== undefined && how !== 0) throw new Error(`the server ended with ${how}: ${primary.errors()}`)
  }
  try {
    await fill(assembled)
    primary = program([], {
      command: [process.execPath, `${ROOT}dist/main.js`, 'serve'],
      environment: { ...environment, XDMS_WORKERS: count },
    })
    // The workers end with it, and nothing outlives this process.
    const { child, out, errors } = primary
    const kill = (): void => void child.kill('SIGKILL')
    process.once('exit', kill)
    void primary.ended.finally(() => process.off('exit', kill))
    const [, url = ''] = await primary.printed(/^listening on (\S+)$/m)
    return {
      url,
      adminUrl: /^health and metrics on (\S+)$/m.exec(out())?.[1] ?? url,
      trustedUrl: /^asserted identities are taken on (\S+)$/m.exec(out())?.[1],
      assembled: { ...assembled, close: () => (closing ??= close()) },
      // Of several processes: in the order in which they were written.
      lines: () => {
        const lines = errors()
          .split('\n')
          .filter((line) => line.startsWith('{') && line.endsWith('}'))
        const time = (line: string): number => (JSON.parse(line) as { time: number }).time
        return lines.toSorted((one, other) => time(one) - time(other))
      },
    }
  } catch (error) {
    await assembled.close()
    throw error
  }
}
