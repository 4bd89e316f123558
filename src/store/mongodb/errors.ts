/** What the driver throws, in words for people and as a refusal. */
import {
  BSON,
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { systemClock } from '../../clock.ts'
import { Refused } from '../../refusal.ts'

const DUPLICATE_KEY = 11000
const NAMESPACE_EXISTS = 48
const WORDS: Readonly<Record<number, string>> = {
  13: 'this user may not do that',
  18: 'the user name or the password is wrong',
  8000: 'the user name or the password is wrong',
}

/**
 * The key is there already, and nothing else went wrong: a duplicate that is not yet on the disks of a majority is
 * trouble.
 */
export function isDuplicate(error: unknown): boolean {
  if (error instanceof MongoBulkWriteError) return duplicatesOf(error) !== undefined
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY
}

export function isThereAlready(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === NAMESPACE_EXISTS
}

/**
 * Which documents of an insert were there already, by their place in it; `undefined`: it failed otherwise, or not all
 * of it is durable.
 */
export function duplicatesOf(error: unknown): readonly number[] | undefined {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError() !== undefined) return undefined
  const faults = [error.writeErrors].flat()
  if (faults.length === 0 || faults.some(({ code }) => code !== DUPLICATE_KEY)) return undefined
  return faults.map(({ index }) => index)
}

/**
 * Codes of a server that said no for good, so that to ask again would be no use: what was asked is wrong (2, 9, 14, 51,
 * 121), too large (10334, 17280, 17419, 17420), or not allowed (13, 18, 8000).
 */
const FOR_GOOD = new Set([2, 9, 13, 14, 18, 51, 121, 8000, 10334, 17280, 17419, 17420])

function isForGood(error: unknown): boolean {
  return error instanceof MongoServerError && typeof error.code === 'number' && FOR_GOOD.has(error.code)
}

/** What Node calls errors of the system, of streams, sockets, TLS and compression. */
const NETWORK_CODE = /^(?:E[A-Z0-9]+|ERR_(?:STREAM|SOCKET|SSL|TLS|SERVER)_.+|Z_[A-Z_]+)$/
const CAUSES_AT_MOST = 5

/**
 * True for trouble of the database, which includes that it is closed; false for a mistake of ours that only passes
 * through. The driver does not wrap everything: what its sockets throw, and what it cannot read because an answer was
 * cut off (BSONError), comes as it is.
 */
function isTrouble(error: unknown): boolean {
  let cause = error
  for (let depth = 0; depth < CAUSES_AT_MOST && cause instanceof Error; depth++, cause = cause.cause) {
    if (cause instanceof MongoError) return !(cause instanceof MongoInvalidArgumentError) && !isDuplicate(cause)
    if (isOfTheNetwork(cause)) return true
  }
  return false
}

function isOfTheNetwork(error: object): boolean {
  if (BSON.BSONError.isBSONError(error) || 'syscall' in error) return true
  if ('code' in error && NETWORK_CODE.test(String(error.code))) return true
  return error instanceof AggregateError && error.errors.length > 0 && error.errors.every(isTrouble)
}

/** Trouble that may pass: whether what was asked was done is not known, and it may be asked again. */
export function isOutage(error: unknown): boolean {
  return isTrouble(error) && !isForGood(error)
}

/** What an error of the driver means, in words for people. */
export function troubleText(error: unknown): string {
  const code = error instanceof MongoServerError && typeof error.code === 'number' ? error.code : 0
  const known = WORDS[code]
  if (known !== undefined) return known
  // The error behind it says more: the address refused, the password wrong.
  if (error instanceof MongoServerSelectionError)
    return troubleText([...(error.reason?.servers.values() ?? [])][0]?.error ?? undefined)
  if (error === undefined) return 'the database does not answer'
  return (error instanceof Error ? error.message : String(error)).replace(FERRETDB_PLACES, '')
}

/** FerretDB says by which lines of its source an error came. */
const FERRETDB_PLACES = /\[\w+\.go:\d+ [^\]]*\] /g

const RETRY_AFTER_S = 1

/** For a write that was cut off: nobody is told that nothing was changed. */
export const OUTCOME_UNKNOWN =
  'The database does not answer, and whether this was done is not known: look before you do it again.'

/** Turns trouble of the database into a refusal with the trouble as its cause; leaves other errors as they are. */
export function asRefusal(error: unknown): unknown {
  if (!isTrouble(error)) return error
  const refused = unavailable(`The store cannot do this now: ${troubleText(error)}.`)
  refused.cause = error
  return refused
}

export function unavailable(detail: string): Refused {
  return new Refused({ kind: 'unavailable', detail, retryAfter: RETRY_AFTER_S })
}

/** The same question, with the store's trouble as a refusal; it takes as long as it takes. */
export function translatingErrors<Arguments extends readonly unknown[], T>(
  question: (...args: Arguments) => Promise<T>,
): (...args: Arguments) => Promise<T> {
  return async (...args) => {
    try {
      return await question(...args)
    } catch (error) {
      throw asRefusal(error)
    }
  }
}

const PAUSE_MS = 25

/** Between two tries. It decides nothing, so it goes by the machine's clock, whoever owns the other one. */
export function pause(): Promise<void> {
  return new Promise((resolve) => void systemClock.at(systemClock.now() + PAUSE_MS, resolve))
}
