/**
 * `participate`: a participating function in a process of its own. Its messages, registrations and accounts lie in its
 * own store; the preferences of its users lie in an XDMS elsewhere, which it watches.
 */
import { parseArgs } from 'node:util'
import { PreferenceWatcher } from '../client/preference-watcher.ts'
import { readSettings } from '../config.ts'
import { CommandFault } from './fault.ts'
import { LOGIN_OPTIONS, readLogin, readUrl } from './login.ts'
import type { Terminal } from './terminal.ts'
import { serveUntilSignal } from './until-signal.ts'

export async function participate(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], options: { xdms: { type: 'string' }, ...LOGIN_OPTIONS } })
  const url = readUrl('xdms', values.xdms)
  const settings = readSettings()
  if (!settings.XDMS_PARTICIPATING)
    throw new CommandFault('XDMS_PARTICIPATING=false is for the XDMS: a participating function takes messages.', 2)
  if (settings.XDMS_WORKERS > 1)
    throw new CommandFault('XDMS_WORKERS is for `serve`: a participating function apart is one process.', 2)
  const login = await readLogin(values, terminal)
  return await serveUntilSignal(settings, terminal, { watcher: new PreferenceWatcher({ url, ...login }) })
}
