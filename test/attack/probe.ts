/**
 * Loaded into the server's process: how long its event loop stood still, and what its memory is. A busy machine gives
 * the time to others, which is none of the server's doing, so what it waited for a processor (Linux, `schedstat`) is
 * told apart. What the loop waits for threads that help it, as in a collection of garbage, is not: so on a busy machine
 * only the processor time of a turn says what the server does, and on a quiet one the stall says it all.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const TICK_MS = 5
const STATISTICS = `/proc/${process.pid}/task/${process.pid}/schedstat`

/** A question: V8 collects its garbage first, which it does when it likes otherwise, and that may be minutes later. */
export const COLLECT = 'collect'

/** In milliseconds. */
export interface Stall {
  /** As others see it: no other event was handled for so long. */
  readonly wall: number
  /** Of it: others had the processors. */
  readonly waited: number
}

const NONE: Stall = { wall: 0, waited: 0 }

export interface Probed {
  /** The longest stall since this was asked last, without what it waited for a processor. */
  readonly stall: Stall
  /** Milliseconds of processor time of the dearest turn since then. A stall may also wait for the disk. */
  readonly longestCpu: number
  /** Bytes. */
  readonly ofNode: { readonly heapTotal: number; readonly external: number }
}

/** Milliseconds that the main thread has had a processor, and that it was ready and had none. */
function processorTime(): { readonly had: number; readonly waited: number } {
  const [had, waited] = readFileSync(STATISTICS, 'latin1').split(' ')
  return { had: Number(had) / 1e6, waited: Number(waited) / 1e6 }
}

if (process.send !== undefined) {
  let worst = NONE
  let longestCpu = 0
  let before = performance.now()
  let then = processorTime()
  setInterval(() => {
    const now = performance.now()
    const since = processorTime()
    const stall = { wall: now - before - TICK_MS, waited: since.waited - then.waited }
    if (stall.wall - stall.waited > worst.wall - worst.waited) worst = stall
    const cpu = since.had - then.had
    longestCpu = Math.max(longestCpu, cpu)
    before = now
    then = since
  }, TICK_MS).unref()
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  process.on('message', (question) => {
    if (question === COLLECT) collectGarbage()
    const { heapTotal, external } = process.memoryUsage()
    process.send?.({ stall: worst, longestCpu, ofNode: { heapTotal, external } } satisfies Probed)
    worst = NONE
    longestCpu = 0
  })
  process.channel?.unref()
}
