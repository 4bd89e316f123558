/** What is in one folder's store goes to another's, by way of a file. */
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { exportTo, importFrom } from '../../src/store/move.ts'
import { newFolder } from '../cli/program.ts'

export async function moveStore(from: string, to: string): Promise<void> {
  const file = join(await newFolder(), 'xdms.ndjson')
  const old = await openSqliteStore({ folder: from, clock: systemClock })
  await exportTo(file, old, 0, () => {})
  await old.close()
  const other = await openSqliteStore({ folder: to, clock: systemClock })
  await importFrom(file, other, () => {})
  await other.close()
}
