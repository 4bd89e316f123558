/**
 * The shape of a JSON body, bounded on its bytes before anything is built of them: a value of two bytes costs a parser
 * a hundred.
 */
import type { InSteps } from '../rounds.ts'
import { Refused } from '../refusal.ts'

export interface JsonBounds {
  /** Objects and arrays inside each other. */
  readonly depth: number
  /** Members of all objects and arrays together. */
  readonly members: number
  /** Bytes of all but the longest string: one field may be long, no other shape may. */
  readonly restBytes: number
}

/** Where something stands: the first byte, and the one behind the last. */
export interface Span {
  readonly start: number
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

const opens = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const closes = (byte: number): boolean => byte === 0x5d || byte === 0x7d

/** A long text is passed over in pieces of so many bytes. */
const PIECE_BYTES = 65_536
/** As others count them, in `rounds.ts`. */
const STEPS_OF_PIECE = 8

/**
 * One pass over the bytes, which need not be JSON: what is malformed is for the parser to say.
 * @returns where the longest text stands, with its quotation marks.
 * @throws Refused `bad-request`
 */
export function* mustBeBounded(bytes: Uint8Array, bounds: JsonBounds): InSteps<Span> {
  let depth = 0
  let members = 0
  let longest: Span = { start: 0, end: 0 }
  let rest = 0
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number
    const end = byte === QUOTE ? yield* endOfString(bytes, at) : at + 1
    const length = end - at
    const before = longest.end - longest.start
    if (byte === QUOTE && length > before) {
      rest += before
      longest = { start: at, end }
    } else rest += length
    if (opens(byte)) {
      depth += 1
      members += 1
    } else if (closes(byte)) depth -= 1
    else if (byte === COMMA) members += 1
    if (depth > bounds.depth) throw outOfBounds(`${bounds.depth} objects and arrays inside each other`)
    if (members > bounds.members) throw outOfBounds(`${bounds.members} members`)
    if (rest > bounds.restBytes) throw outOfBounds(`${bounds.restBytes} bytes beside its longest text`)
    at = end
  }
  return longest
}

/** Just behind the closing quotation mark, or behind everything where there is none. */
function* endOfString(bytes: Uint8Array, start: number): InSteps<number> {
  for (let from = start + 1; from < bytes.length; ) {
    const to = Math.min(from + PIECE_BYTES, bytes.length)
    const at = passOver(bytes, from, to)
    if (at < to) return at + 1
    from = at
    yield STEPS_OF_PIECE
  }
  return bytes.length
}

/** The closing quotation mark before `to`, or else where one goes on. */
function passOver(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  for (; at < to; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at += 1
  }
  return at
}

function outOfBounds(what: string): Refused {
  return new Refused({ kind: 'bad-request', detail: `A JSON body has at most ${what} here.` })
}
