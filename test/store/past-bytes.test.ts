import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { cleanups } from './opened.ts'
import { pastBytesContract } from './past-bytes.ts'

pastBytesContract('SQLite', async (retention) => {
  const folder = await mkdtemp(join(tmpdir(), 'xdms-store-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  return await openSqliteStore({ folder, clock: systemClock, retention })
})
