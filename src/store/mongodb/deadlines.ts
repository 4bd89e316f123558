/** How long the database may take for an answer, and for all answers of one request. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { stopwatch, type Clock } from '../../clock.ts'
import { Refused } from '../../refusal.ts'
import { isOutage, OUTCOME_UNKNOWN, translatingErrors, unavailable } from './errors.ts'

/** Asks the database, and waits for it only so long. */
export interface Deadlines {
  /**
   * The same question, with the store's trouble as a refusal, which comes in time.
   * @param late what is said then.
   */
  bounded<Arguments extends readonly unknown[], T>(
    question: (...args: Arguments) => Promise<T>,
    late?: string,
  ): (...args: Arguments) => Promise<T>
  /** What is asked during `work` shares one time. */
  withinRequest<T>(work: () => Promise<T>): Promise<T>
  /** Resolves with the work, or with `late` when that takes longer; then the work goes on alone. */
  within<T, L>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L>
  /** From now on everything is refused. */
  end(): void
}

/** All questions of one request are answered within so many milliseconds together, so its answer comes within 2.5 s. */
export const DEFAULT_WAIT_MS = 2_100
/** One question gets less, so that whoever asked it can still say what became of it. */
const KEPT_FOR_THE_ANSWER_MS = 300
/** While nothing comes back at all. Who waits in a row behind others that were refused is refused soon, too. */
const QUESTION_WHILE_DOWN_MS = 200

/** @param waitMs for all questions of one request, some 1,000 at the least. */
export function createDeadlines(clock: Clock, waitMs: number): Deadlines {
  const questionMs = waitMs - KEPT_FOR_THE_ANSWER_MS
  const LATE = Symbol('late')
  const requests = new AsyncLocalStorage<{ left: number }>()
  let isOver = false
  /** The last that was heard of the database is that it does not answer. */
  let isDown = false

  async function within<T, L>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L> {
    let stop = (): void => {}
    const alarm = new Promise<L>((resolve) => {
      stop = clock.at(clock.now() + milliseconds, () => resolve(late))
    })
    try {
      return await Promise.race([work, alarm])
    } finally {
      stop()
    }
  }

  /** Also an answer that comes too late for its request tells that the database is there. */
  async function noteAnswer<T>(work: Promise<T>): Promise<T> {
    try {
      const answer = await work
      isDown = false
      return answer
    } catch (error) {
      // A refusal of our own says nothing of the database, but for this one.
      if (!(error instanceof Refused)) isDown = isOutage(error)
      else if (error.message === OUTCOME_UNKNOWN) isDown = true
      throw error
    }
  }

  return {
    bounded: (question, late = 'The store cannot do this now: the database does not answer.') =>
      translatingErrors(async (...args) => {
        if (isOver) throw unavailable('The store is closed.')
        const request = requests.getStore()
        const began = stopwatch()
        const time = Math.min(isDown ? QUESTION_WHILE_DOWN_MS : questionMs, request?.left ?? questionMs)
        try {
          const answer = await within(time, noteAnswer(question(...args)), LATE)
          if (answer !== LATE) return answer as never
          isDown = true
          throw unavailable(late)
        } finally {
          if (request !== undefined) request.left = Math.max(0, request.left - (stopwatch() - began))
        }
      }),
    async withinRequest(work) {
      const request = { left: waitMs }
      try {
        return await requests.run(request, work)
      } finally {
        // What the request set going (a wake-up, a timer) goes on without it, and is not held to its time.
        request.left = Infinity
      }
    },
    within,
    end: () => void (isOver = true),
  }
}
