/**
 * The body of a message in JSON, made in pieces: of ten megabytes it takes tens of milliseconds, and hundreds where
 * each byte becomes an escape.
 */
import { isText } from '../media-type.ts'
import { LARGE_BYTES, laterRound } from '../rounds.ts'

/** How a body stands in JSON. */
export type BodyMember = { readonly body: string } | { readonly bodyBase64: string }

/** Base64 of as many bytes ends where a group of four characters does. */
const PIECE_BYTES = LARGE_BYTES - (LARGE_BYTES % 3)

/**
 * What `write` makes of the body, in UTF-8; several pieces where the body is large.
 *
 * @param write gives JSON, or text around JSON, with this member in it once.
 */
export function* piecesWithBody(
  contentType: string,
  body: Uint8Array,
  write: (member: BodyMember) => string,
): Generator<Buffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const asText = isText(contentType, bytes)
  if (bytes.length <= LARGE_BYTES) {
    yield Buffer.from(write(asText ? { body: bytes.toString() } : { bodyBase64: bytes.toString('base64') }))
    return
  }
  const text = write(asText ? { body: '' } : { bodyBase64: '' })
  // In the texts of JSON a quotation mark has a backslash before it, so this is the member.
  const member = asText ? '"body":"' : '"bodyBase64":"'
  const at = text.indexOf(`${member}"`) + member.length
  yield Buffer.from(text.slice(0, at))
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    const piece = bytes.subarray(from, from + PIECE_BYTES)
    yield Buffer.from(asText ? escaped(piece) : piece.toString('base64'), 'latin1')
  }
  yield Buffer.from(text.slice(at))
}

/** JSON escapes nothing but ASCII: of UTF-8 each byte may pass as a character, wherever a piece ends. */
function escaped(piece: Buffer): string {
  return JSON.stringify(piece.toString('latin1')).slice(1, -1)
}

/** Makes all pieces; others are served between two of them. */
export async function inTurns(pieces: Iterable<Buffer>): Promise<readonly Buffer[]> {
  const made: Buffer[] = []
  for (const piece of pieces) if (made.push(piece) > 1) await laterRound()
  return made
}
