/** `import FILE`: everything that such a file holds, into an empty store. */
import { existsSync } from 'node:fs'
import { readSettings } from '../config.ts'
import { importFrom } from '../store/transfer-in.ts'
import { CommandFault } from './fault.ts'
import { moveStore, readFile } from './move.ts'
import type { Terminal } from './terminal.ts'

export async function importStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const file = readFile(words)
  if (!existsSync(file)) throw new CommandFault(`There is no file ${file}.`, 1)
  return await moveStore(readSettings(), terminal, `imported from ${file}`, (store, progress) =>
    importFrom(file, store, progress),
  )
}
