/**
 * A backup or restore in a process of its own that dies (SIGKILL) at a named point: `backup-process.ts backup|restore
 * FILE POINT N`, on the store that the settings name. POINT is what the progress says, at its Nth time, or
 * `before-place`.
 */
import { EXPECTED } from '../../src/cli/check.ts'
import { storeOptions } from '../../src/cli/store-options.ts'
import { systemClock } from '../../src/clock.ts'
import { readSettings } from '../../src/config.ts'
import { backUp, restore } from '../../src/store/backup.ts'

const [what, file = '', point = '', times = '1'] = process.argv.slice(2)
let left = Number(times)

function dieAt(name: string): void {
  if (name !== point) return
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

const options = storeOptions(readSettings())
const clock = { ...systemClock, now: () => (dieAt('before-place'), systemClock.now()) }
if (what === 'backup') await backUp(file, options, EXPECTED, dieAt)
else await restore(file, what === 'restore' ? { ...options, clock } : options, EXPECTED, true, dieAt)
