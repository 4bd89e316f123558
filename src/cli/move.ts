/** `export FILE`: all that the store keeps, into a file. `import FILE`: what such a file holds, into an empty store. */
import { existsSync } from 'node:fs'
import { stopwatch, systemClock } from '../clock.ts'
import { readSettings, type Settings } from '../config.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { Moved } from '../store/transfer-file.ts'
import { exportTo, importFrom, type Progress } from '../store/move.ts'
import { ALL, countsText } from './counts.ts'
import { mustBeThere } from './existing.ts'
import { CommandFault } from './fault.ts'
import { readFile } from './file-word.ts'
import { createProgress } from './progress.ts'
import { storeOptions } from './store-options.ts'
import type { Terminal } from './terminal.ts'

export async function exportStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const file = readFile(words)
  const settings = readSettings()
  await mustBeThere(settings)
  return await moveStore(settings, terminal, `exported to ${file}`, (store, progress) =>
    exportTo(file, store, systemClock.now(), progress),
  )
}

export async function importStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const file = readFile(words)
  if (!existsSync(file)) throw new CommandFault(`There is no file ${file}.`, 1)
  return await moveStore(readSettings(), terminal, `imported from ${file}`, (store, progress) =>
    importFrom(file, store, progress),
  )
}

async function moveStore(
  settings: Settings,
  terminal: Terminal,
  done: string,
  move: (store: Store, progress: Progress) => Promise<Moved>,
): Promise<number> {
  const store = await openStore(storeOptions(settings))
  const progress = createProgress(terminal, stopwatch)
  try {
    terminal.say(`store: ${store.path}`)
    const { counts, content } = await move(store, progress.show)
    progress.end()
    terminal.say(`${done}: ${countsText(counts, ALL)}`)
    terminal.say(`sha256 of the content: ${content}`)
    return 0
  } finally {
    progress.end()
    await store.close()
  }
}
