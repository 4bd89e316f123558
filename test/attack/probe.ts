/**
 * Loaded into the server's process: how long its event loop stood still, and what its memory is. A busy machine gives
 * the time to others, which is none of the server's doing, so what it waited for a processor (Linux, `schedstat`) is
 * left out.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const TICK_MS = 5
const STATISTICS = `/proc/${process.pid}/task/${process.pid}/schedstat`

/** A question: V8 collects its garbage first, which it does when it likes otherwise, and that may be minutes later. */
export const COLLECT = 'collect'

export interface Probed {
  /** Milliseconds of the longest stall since this was asked last. */
  readonly longest: number
  /** Bytes. */
  readonly ofNode: { readonly heapTotal: number; readonly external: number }
}

const waitedMs = (): number => Number(readFileSync(STATISTICS, 'latin1').split(' ')[1]) / 1e6

if (process.send !== undefined) {
  let longest = 0
  let before = performance.now()
  let waited = waitedMs()
  setInterval(() => {
    const now = performance.now()
    const waitedNow = waitedMs()
    longest = Math.max(longest, now - before - (waitedNow - waited) - TICK_MS)
    before = now
    waited = waitedNow
  }, TICK_MS).unref()
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  process.on('message', (question) => {
    if (question === COLLECT) collectGarbage()
    const { heapTotal, external } = process.memoryUsage()
    process.send?.({ longest, ofNode: { heapTotal, external } } satisfies Probed)
    longest = 0
  })
  process.channel?.unref()
}
