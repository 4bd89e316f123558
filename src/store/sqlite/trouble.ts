/** What SQLite throws, in words for people and as a refusal. */
import { Refused } from '../../refusal.ts'

/** The result code of SQLite, without its extension; `undefined` for an error that is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

const DAMAGED = 11
const BUSY = new Set([5, 6])
const WORDS: Readonly<Record<number, string>> = {
  3: 'permission denied',
  5: 'another process is writing',
  6: 'another process is writing',
  7: 'out of memory',
  8: 'it is read-only',
  10: 'reading or writing the disk failed',
  11: 'the file is damaged, and stays so until a backup or an export is restored',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  26: 'the file is no SQLite database',
}

export function isBusy(error: unknown): boolean {
  return BUSY.has(resultCode(error) ?? 0)
}

/**
 * True for trouble of the database, which includes that it is closed; false for a mistake of ours that only passes
 * through.
 */
function isStoreTrouble(error: unknown): boolean {
  const closed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE'
  return closed || resultCode(error) !== undefined
}

/** What an error of SQLite or of the file system means, in words for people. */
export function troubleText(error: unknown): string {
  const known = WORDS[resultCode(error) ?? 0]
  if (known !== undefined) return known
  return error instanceof Error ? error.message : String(error)
}

/** Turns trouble of the database into a refusal with the trouble as its cause; leaves other errors as they are. */
export function asRefusal(error: unknown): unknown {
  if (!isStoreTrouble(error)) return error
  const isForGood = resultCode(error) === DAMAGED
  const detail = `The store cannot do this${isForGood ? '' : ' now'}: ${troubleText(error)}.`
  const refused = new Refused({ kind: 'unavailable', detail, retryAfter: isBusy(error) ? 1 : 5 })
  refused.cause = error
  return refused
}

/** The same question, answered as a promise, with the store's trouble as a refusal. */
export function translatingErrors<Asked extends readonly unknown[], T>(
  question: (...asked: Asked) => T,
): (...asked: Asked) => Promise<T> {
  return async (...asked) => {
    try {
      return question(...asked)
    } catch (error) {
      throw asRefusal(error)
    }
  }
}
