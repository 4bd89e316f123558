/** What the driver throws, in words for people and as a refusal. */
import { MongoBulkWriteError, MongoError, MongoInvalidArgumentError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import type { Clock } from '../../clock.ts'
import { Refused } from '../../refusal.ts'

const DUPLICATE_KEY = 11000
const NAMESPACE_EXISTS = 48
const WORDS: Readonly<Record<number, string>> = {
  13: 'this user may not do that',
  18: 'the user name or the password is wrong',
  8000: 'the user name or the password is wrong',
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

export function isThereAlready(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === NAMESPACE_EXISTS
}

/** Which documents of an insert were there already, by their place in it; `undefined`: it failed otherwise. */
export function duplicatesOf(error: unknown): readonly number[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined
  const faults = [error.writeErrors].flat()
  if (faults.length === 0 || faults.some(({ code }) => code !== DUPLICATE_KEY)) return undefined
  return faults.map(({ index }) => index)
}

/** True for trouble of the database, which includes that it is closed; false for a mistake of ours that only passes through. */
export function isOutage(error: unknown): boolean {
  return error instanceof MongoError && !(error instanceof MongoInvalidArgumentError) && !isDuplicate(error)
}

/** What an error of the driver means, in words for people. */
export function troubleText(error: unknown): string {
  const code = error instanceof MongoServerError && typeof error.code === 'number' ? error.code : 0
  const known = WORDS[code]
  if (known !== undefined) return known
  // The error behind it says more: the address refused, the password wrong.
  if (error instanceof MongoServerSelectionError) return troubleText([...error.reason?.servers.values() ?? []][0]?.error ?? undefined)
  if (error === undefined) return 'the database does not answer'
  return error instanceof Error ? error.message : String(error)
}

const RETRY_AFTER_S = 1

/** Turns trouble of the database into a refusal with the trouble as its cause; leaves other errors as they are. */
function asRefusal(error: unknown): unknown {
  if (!isOutage(error)) return error
  const refused = unavailable(`The store cannot do this now: ${troubleText(error)}.`)
  refused.cause = error
  return refused
}

export function unavailable(detail: string): Refused {
  return new Refused({ kind: 'unavailable', detail, retryAfter: RETRY_AFTER_S })
}

/** The same question, with the store's trouble as a refusal; it takes as long as it takes. */
export function asked<Asked extends readonly unknown[], T>(question: (...asked: Asked) => Promise<T>): (...asked: Asked) => Promise<T> {
  return async (...asked) => {
    try {
      return await question(...asked)
    } catch (error) {
      throw asRefusal(error)
    }
  }
}

/** Asks the database, and waits for it only so long. */
export interface Patience {
  /** The same question, with the store's trouble as a refusal, which comes in time. */
  asked<Asked extends readonly unknown[], T>(question: (...asked: Asked) => Promise<T>): (...asked: Asked) => Promise<T>
  /** Resolves with the work, or with `late` when that takes longer; then the work goes on alone. */
  within<T, L>(milliseconds: number, work: Promise<T>, late: L): Promise<T | L>
  /** From now on everything is refused. */
  end(): void
}

/** So many milliseconds for a question, so that a request that met trouble is answered within 2.5 s, whatever it asked before. */
const ANSWER_WITHIN_MS = 1_800

export function createPatience(clock: Clock): Patience {
  const LATE = Symbol('late')
  let isOver = false

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

  return {
    asked: (question) => asked(async (...inquiry) => {
      if (isOver) throw unavailable('The store is closed.')
      const answer = await within(ANSWER_WITHIN_MS, question(...inquiry), LATE)
      if (answer === LATE) throw unavailable('The store cannot do this now: the database does not answer.')
      return answer as never
    }),
    within,
    end: () => void (isOver = true),
  }
}
