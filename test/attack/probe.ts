/**
 * Loaded into the server's process: how long its event loop stood still and what it did meanwhile, and what its memory
 * is. A busy machine gives the time to others, which is none of the server's doing: what the main thread waited for a
 * processor (Linux, `schedstat`), and what the host of a virtual machine took from all its processors (`/proc/stat`),
 * are told apart. What is left without processor time is sleep: for the disk, or for the threads of V8 that collect
 * garbage with it, of which V8 says how long that was.
 */
import { readFileSync } from 'node:fs'
import { PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const TICK_MS = 5
const STATISTICS = `/proc/${process.pid}/task/${process.pid}/schedstat`
/** Linux counts what was stolen in hundredths of a second. */
const STEAL_TICK_MS = 10
/** Shorter ones make no stall. */
const LONG_COLLECTION_MS = 2

/** A question: V8 collects its garbage first, which it does when it likes otherwise, and that may be minutes later. */
export const COLLECT = 'collect'

/** In milliseconds. */
export interface Stall {
  /** As others see it: no other event was handled for so long. */
  readonly wall: number
  /** Of it: others had the processors. */
  readonly waited: number
  /** Of it: the main thread had nothing to run on them, so it waited for the disk or for V8's threads. */
  readonly asleep: number
  /** Of it: garbage was collected, awake or asleep. */
  readonly collecting: number
  /** Of all processors together the host of the machine took so much meanwhile. */
  readonly stolen: number
}

export interface Probed {
  /** The longest stall since this was asked last, by what it waited for no processor. */
  readonly stall: Stall
  /** Milliseconds of processor time of the dearest turn since then. */
  readonly longestCpu: number
  /** Bytes. */
  readonly ofNode: { readonly heapTotal: number; readonly external: number }
}

interface Moment {
  readonly at: number
  /** Milliseconds that the main thread has had a processor, and that it was ready and had none. */
  readonly had: number
  readonly waited: number
  readonly stolen: number
}

type Span = Pick<PerformanceEntry, 'startTime' | 'duration'>

function moment(): Moment {
  const [had, waited] = readFileSync(STATISTICS, 'latin1').split(' ')
  const steal = /^cpu +(?:\d+ ){7}(\d+)/.exec(readFileSync('/proc/stat', 'latin1'))?.[1]
  return {
    at: performance.now(),
    had: Number(had) / 1e6,
    waited: Number(waited) / 1e6,
    stolen: Number(steal) * STEAL_TICK_MS,
  }
}

function stallOf(before: Moment, now: Moment, collections: readonly Span[]): Stall {
  const wall = Math.max(0, now.at - before.at - TICK_MS)
  const waited = now.waited - before.waited
  const collecting = collections.reduce((sum, { startTime, duration }) => {
    const within = Math.min(startTime + duration, now.at) - Math.max(startTime, before.at)
    return sum + Math.max(0, within)
  }, 0)
  const asleep = Math.max(0, wall - waited - (now.had - before.had))
  return { wall, waited, asleep, collecting, stolen: now.stolen - before.stolen }
}

const withProcessor = (before: Moment, now: Moment): number => now.at - before.at - (now.waited - before.waited)

if (process.send !== undefined) {
  const first = moment()
  let worst: readonly [Moment, Moment] = [first, first]
  let longestCpu = 0
  let before = first
  setInterval(() => {
    const now = moment()
    if (withProcessor(before, now) > withProcessor(...worst)) worst = [before, now]
    longestCpu = Math.max(longestCpu, now.had - before.had)
    before = now
  }, TICK_MS).unref()
  let collections: Span[] = []
  const noteLong = (entry: PerformanceEntry): unknown => entry.duration > LONG_COLLECTION_MS && collections.push(entry)
  new PerformanceObserver((list) => list.getEntries().forEach(noteLong)).observe({ entryTypes: ['gc'] })
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  process.on('message', (question) => {
    if (question === COLLECT) collectGarbage()
    const { heapTotal, external } = process.memoryUsage()
    const stall = stallOf(...worst, collections)
    process.send?.({ stall, longestCpu, ofNode: { heapTotal, external } } satisfies Probed)
    worst = [before, before]
    longestCpu = 0
    collections = []
  })
  process.channel?.unref()
}
