/**
 * One writer for everything. Jobs that come in one turn of the event loop, or while another process holds the file,
 * share one transaction and one sync; each is decided on its own, and its promise settles when the transaction is on
 * stable storage.
 */
import type { Clock } from '../../clock.ts'
import type { Database } from './driver.ts'
import { asRefusal, isBusy } from './trouble.ts'

export interface Writer {
  /**
   * Runs `job` within a transaction, and once more where one that shares it has thrown. What it throws undoes it alone.
   * @param bytes that it writes, where that can be many.
   * @throws Refused `unavailable`
   */
  write<T>(job: () => T, bytes?: number): Promise<T>
  /** Resolves when nothing waits to be written. */
  idle(): Promise<void>
  figures(): { readonly transactions: number; readonly failures: number }
}

interface Job {
  readonly bytes: number
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
}

/** More would hold up reading for too long: a job takes some 20 µs. */
const JOBS_AT_MOST = 256
/** A megabyte takes some 4 ms. What is larger is written with no other of its kind. */
const BYTES_AT_MOST = 4_194_304
/** So much is written beside it: a small job does not wait until all large ones before it have had their turn. */
const BESIDE_LARGE_AT_MOST = 262_144
/**
 * While another process writes, this one goes on serving and tries again: 2 s in all, then the caller is told to come
 * back.
 */
const BUSY_PAUSE_MS = 20
const BUSY_ATTEMPTS = 50
/**
 * Beside workers that write as much as this one does, the file is busy every other time, for as long as a sync takes.
 */
const BESIDE_WORKERS_PAUSE_MS = 1
const BESIDE_WORKERS_ATTEMPTS = 2_000

/**
 * @param flushed is called after each transaction that is on stable storage, before its promises settle.
 * @param besideWorkers whether others write as much as this process does.
 */
export function createWriter(database: Database, clock: Clock, flushed: () => void, besideWorkers = false): Writer {
  const transaction = createTransaction(database, besideWorkers)
  const pause = besideWorkers ? BESIDE_WORKERS_PAUSE_MS : BUSY_PAUSE_MS
  const attemptsAtMost = besideWorkers ? BESIDE_WORKERS_ATTEMPTS : BUSY_ATTEMPTS
  const waiting: Job[] = []
  const idlers: (() => void)[] = []
  let attempts = 0
  let transactions = 0
  let failures = 0

  function flush(): void {
    const jobs = next(waiting)
    let settlements: readonly Settlement[]
    attempts += 1
    try {
      settlements = transaction(jobs)
      transactions += 1
      flushed()
    } catch (error) {
      if (isBusy(error) && attempts < attemptsAtMost) {
        clock.at(clock.now() + pause, flush)
        return
      }
      failures += 1
      const refusal = asRefusal(error)
      settlements = jobs.map((job) => () => job.reject(refusal))
    }
    attempts = 0
    remove(waiting, jobs)
    for (const settle of settlements) settle()
    if (waiting.length > 0) flushNext()
    else for (const idle of idlers.splice(0)) idle()
  }

  /** Beside workers there is a pause first, in which one that waits for the file gets it. */
  function flushNext(): void {
    if (besideWorkers) clock.at(clock.now() + pause, flush)
    else setImmediate(flush)
  }

  return {
    write(job, bytes = 0) {
      return new Promise((resolve, reject) => {
        waiting.push({ run: job, bytes, resolve, reject })
        // Not before the end of this turn, so that those who come in it share; who comes while others wait is taken
        // along by them.
        if (waiting.length === 1) setImmediate(flush)
      })
    },
    idle: () => (waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
    figures: () => ({ transactions, failures }),
  }
}

/** Those that share the next transaction: the one that waits longest, and of the others what has room beside it. */
function next(waiting: readonly Job[]): readonly Job[] {
  const taken: Job[] = []
  let room = BYTES_AT_MOST
  for (const job of waiting) {
    if (taken.length === JOBS_AT_MOST) break
    if (taken.length > 0 && job.bytes > room) continue
    room = taken.length === 0 ? Math.max(room - job.bytes, BESIDE_LARGE_AT_MOST) : room - job.bytes
    taken.push(job)
  }
  return taken
}

function remove(waiting: Job[], taken: readonly Job[]): void {
  const gone = new Set(taken)
  const left = taken.length === waiting.length ? [] : waiting.filter((job) => !gone.has(job))
  waiting.splice(0, waiting.length, ...left)
}

/** How the promise of a job settles, once its transaction is on stable storage. */
type Settlement = () => void

/**
 * Runs jobs in one transaction and returns when that is on stable storage; when it throws, nothing of it was stored.
 */
function createTransaction(
  database: Database,
  besideWorkers: boolean,
): (jobs: readonly Job[]) => readonly Settlement[] {
  const begin = createBegin(database, besideWorkers)
  const commit = database.prepare('COMMIT')
  const rollBack = database.prepare('ROLLBACK')
  const savepoint = database.prepare('SAVEPOINT job')
  const release = database.prepare('RELEASE job')
  const undo = database.prepare('ROLLBACK TO job')

  /** Undone alone where it throws. */
  function runOne(job: Job): Settlement {
    savepoint.run()
    try {
      const settlement = settlementOf(job)
      release.run()
      return settlement
    } catch (error) {
      try {
        undo.run()
        release.run()
      } catch {
        // Some trouble (a full disk, say) has undone the whole transaction already: the group fails together.
        throw error
      }
      return () => job.reject(asRefusal(error))
    }
  }

  /**
   * Under a savepoint SQLite copies each page that a job changes, where they are many into a file. So there is none
   * before a job has thrown; then all of them are undone, and run once more with one for each.
   */
  function runAll(jobs: readonly Job[]): readonly Settlement[] {
    try {
      return jobs.map(settlementOf)
    } catch {
      undoAll()
      begin()
      return jobs.map(runOne)
    }
  }

  function undoAll(): void {
    try {
      rollBack.run()
    } catch {
      // There is nothing left to roll back.
    }
  }

  return (jobs) => {
    begin()
    try {
      const settlements = runAll(jobs)
      commit.run()
      return settlements
    } catch (error) {
      undoAll()
      throw error
    }
  }
}

function settlementOf(job: Job): Settlement {
  const value = job.run()
  return () => job.resolve(value as never)
}

/** Beside workers nobody sleeps while another one writes: this one has others to serve meanwhile. */
function createBegin(database: Database, besideWorkers: boolean): () => void {
  const begin = database.prepare('BEGIN IMMEDIATE')
  if (!besideWorkers) return () => void begin.run()
  const { timeout } = database.prepare('PRAGMA busy_timeout').get() as { timeout: number }
  const atOnce = database.prepare('PRAGMA busy_timeout = 0')
  const asBefore = database.prepare(`PRAGMA busy_timeout = ${timeout}`)
  return () => {
    atOnce.get()
    try {
      begin.run()
    } finally {
      asBefore.get()
    }
  }
}
