/** The bytes of a message's body, of which its JSON has a text: made in pieces, because ten megabytes take 20 ms. */
import { LARGE_BYTES, laterRound } from '../rounds.ts'

/** Characters; Base64 of as many is whole groups of four. */
const PIECE = LARGE_BYTES

/**
 * RFC 4648 §4, with its padding and without line breaks: then, and only then, node's lenient decoder drops nothing.
 * @returns `undefined` for what is none.
 */
export async function bytesOfBase64(value: string): Promise<Buffer | undefined> {
  if (value.length % 4 !== 0 || value.includes('-') || value.includes('_')) return undefined
  const bytes = Buffer.allocUnsafe(sizeOf(value))
  let at = 0
  for (let from = 0; from < value.length; from += PIECE) {
    if (from > 0) await laterRound()
    const piece = value.slice(from, from + PIECE)
    // The decoder looks at half of each character that has two bytes.
    if (Buffer.byteLength(piece) !== piece.length) return undefined
    const written = bytes.write(piece, at, 'base64')
    // What was padded before the end, too.
    if (written !== (from + PIECE < value.length ? (piece.length / 4) * 3 : sizeOf(piece))) return undefined
    at += written
  }
  return bytes
}

/** @param text is well-formed. @returns it in UTF-8. */
export async function bytesOfText(text: string): Promise<Buffer> {
  if (text.length <= PIECE) return Buffer.from(text)
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  let at = 0
  for (let from = 0; from < text.length; ) {
    if (from > 0) await laterRound()
    const to = from + PIECE - (isHighSurrogate(text.charCodeAt(from + PIECE - 1)) ? 1 : 0)
    at += bytes.write(text.slice(from, to), at)
    from = to
  }
  return bytes
}

/** Bytes that it stands for, if it is Base64. */
function sizeOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
