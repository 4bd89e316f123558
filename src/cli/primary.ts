/** `serve` with XDMS_WORKERS: the process that people and supervisors have to do with. */
import cluster from 'node:cluster'
import { systemClock, systemRandomness } from '../clock.ts'
import type { Settings } from '../config.ts'
import { openLog } from '../log.ts'
import { runWorkers } from '../workers/primary.ts'
import { askedToEnd } from './signals.ts'
import type { Terminal } from './terminal.ts'

export async function serveAsPrimary(settings: Settings, terminal: Terminal): Promise<number> {
  const asked = askedToEnd(undefined, () => {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL')
  })
  const code = await runWorkers(settings.XDMS_WORKERS, {
    clock: systemClock,
    random: systemRandomness,
    say: terminal.say,
    log: openLog(settings.XDMS_LOG_LEVEL),
    asked,
  })
  process.exit(code)
}
