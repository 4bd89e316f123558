/** `backup FILE` and `restore FILE`: the store as one file, taken while a server runs, and put back. */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { stopwatch } from '../clock.ts'
import { readSettings } from '../config.ts'
import { backUp, restore } from '../store/backup.ts'
import { EXPECTED } from './check.ts'
import { mustBeThere } from './existing.ts'
import { CommandFault } from './fault.ts'
import { countsText, MOST_ASKED_FOR } from './counts.ts'
import { readFile } from './file-word.ts'
import { createProgress } from './progress.ts'
import { storeOptions } from './store-options.ts'
import type { Terminal } from './terminal.ts'

export async function backUpStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const file = readFile(words)
  const settings = readSettings()
  await mustBeThere(settings)
  const progress = createProgress(terminal, stopwatch)
  const { counts } = await backUp(file, storeOptions(settings), EXPECTED, progress.show).finally(progress.end)
  terminal.say(`backed up to ${file}, read back and found whole: ${countsText(counts, MOST_ASKED_FOR)}`)
  terminal.say('It has the hashes of all passwords in it: keep it to yourself.')
  return 0
}

export async function restoreStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { replace: { type: 'boolean', default: false } },
  })
  const file = readFile(positionals)
  if (!existsSync(file)) throw new CommandFault(`There is no file ${file}.`, 1)
  const settings = readSettings()
  if (settings.XDMS_STORE !== undefined && values.replace)
    throw new CommandFault('--replace is for the default store. Name another, empty database.', 2)
  const progress = createProgress(terminal, stopwatch)
  const { counts, aside, path } = await restore(
    file,
    storeOptions(settings),
    EXPECTED,
    values.replace,
    progress.show,
  ).finally(progress.end)
  terminal.say(`restored ${file}: ${countsText(counts, MOST_ASKED_FOR)}`)
  terminal.say(`store: ${path}`)
  if (aside !== undefined) terminal.say(`what was there before: ${aside}`)
  return 0
}
