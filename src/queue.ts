/** Work in order: what runs one at a time, and what is asked for again while it runs. */

/** One queue for each key. */
export interface Queues<K> {
  /** Runs `work` when all that came before it under this key is over, well or badly; its outcome is the caller's. */
  run<T>(key: K, work: () => Promise<T>): Promise<T>
}

export function createQueues<K>(): Queues<K> {
  const last = new Map<K, Promise<unknown>>()
  return {
    async run<T>(key: K, work: () => Promise<T>): Promise<T> {
      const before = last.get(key)
      const own = before === undefined ? work() : before.then(work, work)
      last.set(key, own)
      try {
        return await own
      } finally {
        if (last.get(key) === own) last.delete(key)
      }
    },
  }
}

/**
 * The same work, asked for again and again: never twice at once. Asked for while it is done, it is done once more
 * behind that, for all who asked meanwhile; each is answered when a run is over that began after he asked.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let pending: Promise<void> | undefined

  const run = (): Promise<void> => {
    running = work().finally(() => (running = undefined))
    return running
  }
  const runBehind = (): Promise<void> => {
    pending = undefined
    return running ?? run()
  }

  return () => {
    if (running === undefined) return run()
    pending ??= running.then(runBehind, runBehind)
    return pending
  }
}

/** So many at once, the others behind them in the order in which they came. */
export interface Pool {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createPool(atOnce: number): Pool {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async run(work) {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}

export interface Bell {
  readonly ring: () => void
  readonly rung: () => Promise<void>
}

/** Rung while nobody waits, it is heard by the next who does: no wake-up is lost. */
export function createBell(): Bell {
  let heard: (() => void) | undefined
  let rang = false
  return {
    ring() {
      rang = true
      heard?.()
    },
    async rung() {
      if (!rang) await new Promise<void>((resolve) => (heard = resolve))
      heard = undefined
      rang = false
    },
  }
}
