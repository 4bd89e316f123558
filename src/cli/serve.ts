/** `serve`: this process is the server, or the primary of several workers, or one of these. */
import { parseArgs } from 'node:util'
import { mustAllowWorkers, readSettings } from '../config.ts'
import type { Terminal } from './terminal.ts'

export async function serve(words: readonly string[], terminal: Terminal): Promise<number> {
  parseArgs({ args: [...words], options: {} })
  const settings = readSettings()
  if (settings.XDMS_WORKERS === 1) return await (await import('./until-signal.ts')).serveUntilSignal(settings, terminal)
  mustAllowWorkers(settings)
  const { isPrimary } = (await import('node:cluster')).default
  // It reads no more than it needs: what serves is read by the workers.
  if (isPrimary) return await (await import('./primary.ts')).serveAsPrimary(settings, terminal)
  const { serveUntilSignal } = await import('./until-signal.ts')
  const worker = await (await import('../workers/worker.ts')).joinWorkers()
  return await serveUntilSignal(settings, { ...terminal, say: worker.say }, { worker })
}
