/**
 * JSON whose size is one long text, such as the body of a message: the text is made in pieces, because a parser makes
 * it in one, and others would wait for megabytes of escapes.
 */
import { LARGE_BYTES, laterRound } from '../rounds.ts'
import { Refused } from '../refusal.ts'
import type { Span } from './json-bounds.ts'

const BACKSLASH = 0x5c
const U = 0x75
/** `\u00e9` */
const LONGEST_ESCAPE = 6

/**
 * @param long the text, with its quotation marks.
 * @param token stands in for it meanwhile: nobody can have sent it.
 * @throws Refused `bad-request`, SyntaxError for what is no JSON, TypeError for what is not UTF-8.
 */
export async function parseLongJson(
  bytes: Buffer,
  long: Span,
  token: string,
  pieceBytes = LARGE_BYTES,
): Promise<unknown> {
  const head = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, long.start))
  const tail = decoderOfMore().decode(bytes.subarray(long.end))
  const text = await textOf(bytes, { start: long.start + 1, end: long.end - 1 }, pieceBytes)
  return JSON.parse(`${head}${JSON.stringify(token)}${tail}`, (name, value: unknown) => {
    if (name === token) throw new Refused({ kind: 'bad-request', detail: 'The name of a member is too long.' })
    return value === token ? text : value
  })
}

/** A byte order mark is one only where the body begins. */
const decoderOfMore = (): InstanceType<typeof TextDecoder> => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function textOf(bytes: Buffer, { start, end }: Span, pieceBytes: number): Promise<string> {
  const decoder = decoderOfMore()
  let text = ''
  for (let at = start; at < end; ) {
    const to = end - at <= pieceBytes ? end : wholeEscapes(bytes, at, at + pieceBytes)
    // A character whose bytes are in two pieces belongs to the second.
    text += JSON.parse(`"${decoder.decode(bytes.subarray(at, to), { stream: to < end })}"`) as string
    at = to
    await laterRound()
  }
  return text
}

/** Where a piece ends that was to end at `to`, so that no escape is in two pieces. */
function wholeEscapes(bytes: Buffer, from: number, to: number): number {
  const last = bytes.subarray(to - LONGEST_ESCAPE + 1, to).lastIndexOf(BACKSLASH)
  if (last === -1) return to
  const at = to - LONGEST_ESCAPE + 1 + last
  let count = 1
  while (at - count >= from && bytes[at - count] === BACKSLASH) count += 1
  // An even number of them: each second one is escaped by the one before it.
  if (count % 2 === 0) return to
  return at + (bytes[at + 1] === U ? LONGEST_ESCAPE : 2) > to ? at : to
}
