/** `export FILE`: everything that the store keeps, into a file. */
import { systemClock } from '../clock.ts'
import { readSettings } from '../config.ts'
import { exportTo } from '../store/transfer-out.ts'
import { mustBeThere } from './existing.ts'
import { moveStore, readFile } from './move.ts'
import type { Terminal } from './terminal.ts'

export async function exportStore(words: readonly string[], terminal: Terminal): Promise<number> {
  const file = readFile(words)
  const settings = readSettings()
  await mustBeThere(settings)
  return await moveStore(settings, terminal, `exported to ${file}`, (store, progress) =>
    exportTo(file, store, systemClock.now(), progress),
  )
}
