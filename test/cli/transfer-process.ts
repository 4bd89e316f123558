/**
 * An export or import in a process of its own that dies (SIGKILL) at a named point: `transfer-process.ts export|import
 * FILE POINT N`, on the store that the settings name. POINT is a step of the transfer, before or after its Nth call:
 * `before-write`, `after-write`, `after-begin`, `before-finish`, `before-item`.
 */
import { systemClock, systemRandomness } from '../../src/clock.ts'
import { readSettings } from '../../src/config.ts'
import { openStore } from '../../src/store/open.ts'
import { DEFAULT_RETENTION } from '../../src/store/store.ts'
import { exportTo, importFrom } from '../../src/store/move.ts'
import type { Snapshot, Transfer } from '../../src/store/transfer.ts'

const [what, file = '', point = '', times = '1'] = process.argv.slice(2)
const { XDMS_STORE: url, XDMS_DATA: folder } = readSettings()
const store = await openStore({
  url,
  folder,
  clock: systemClock,
  random: systemRandomness,
  retention: DEFAULT_RETENTION,
  waitMs: 60_000,
  onTrouble: () => {},
})
const { transfer } = store
let left = Number(times)

function dieAt(name: string): void {
  if (name !== point) return
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

const mortal: Transfer = {
  ...transfer,
  async snapshot(): Promise<Snapshot> {
    const snapshot = await transfer.snapshot()
    return {
      ...snapshot,
      async *items() {
        for await (const item of snapshot.items()) {
          dieAt('before-item')
          yield item
        }
      },
    }
  },
  async mark(before, after) {
    if (after === undefined) dieAt('before-finish')
    const marked = await transfer.mark(before, after)
    if (after !== undefined) dieAt('after-begin')
    return marked
  },
  async write(items, mark) {
    dieAt('before-write')
    const written = await transfer.write(items, mark)
    dieAt('after-write')
    return written
  },
}

const quiet = (): void => {}
if (what === 'export') await exportTo(file, { ...store, transfer: mortal }, systemClock.now(), quiet)
else await importFrom(file, { ...store, transfer: mortal }, quiet)
await store.close()
