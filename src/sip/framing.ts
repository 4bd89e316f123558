/**
 * A TCP stream into SIP messages, RFC 3261 §18.3: by Content-Length alone. What cannot be told apart for certain ends
 * the connection, because whoever reads a stream otherwise than the core does can be made to take a body for a request.
 */

export interface SipFrame {
  /** The message; each character is a byte. Without its body where that is too large. */
  readonly text: string
  readonly bodyTooLarge: boolean
}

/** The headers of one message; those of an IMS core are long. */
const HEAD_BYTES_AT_MOST = 32_768

class FramingFault extends Error {}

export class SipFrames {
  readonly #bodyAtMost: number
  #buffer: Buffer = Buffer.alloc(0)
  /** What came behind the buffer while the message in it could not be whole, so a large one is copied once. */
  #pieces: Buffer[] = []
  #held = 0
  /** Bytes that the message in the buffer has, once that is known. */
  #needed = 0
  /** Up to here no end of the headers was found, so many small reads do not scan the same bytes again. */
  #scanned = 0
  /** Bytes of a body that nobody wants. */
  #toSkip = 0

  constructor(bodyAtMost: number) {
    this.#bodyAtMost = bodyAtMost
  }

  /** @throws FramingFault */
  push(chunk: Buffer): readonly SipFrame[] {
    this.#pieces.push(chunk)
    this.#held += chunk.length
    if (this.#buffer.length + this.#held < this.#needed) return []
    this.#buffer =
      this.#buffer.length + this.#held === chunk.length ? chunk : Buffer.concat([this.#buffer, ...this.#pieces])
    this.#pieces = []
    this.#held = 0
    this.#needed = 0
    const frames: SipFrame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): SipFrame | undefined {
    this.#skip()
    const end = this.#buffer.indexOf('\r\n\r\n', Math.max(0, this.#scanned - 3))
    if (end < 0 || end > HEAD_BYTES_AT_MOST) {
      if (this.#buffer.length > HEAD_BYTES_AT_MOST) throw new FramingFault('the headers do not end')
      this.#scanned = this.#buffer.length
      return undefined
    }
    const head = this.#buffer.toString('latin1', 0, end + 4)
    const length = contentLengthOf(head)
    if (length > this.#bodyAtMost) {
      this.#buffer = this.#buffer.subarray(end + 4)
      this.#scanned = 0
      this.#toSkip = length
      return { text: head, bodyTooLarge: true }
    }
    if (this.#buffer.length < end + 4 + length) {
      this.#scanned = end
      this.#needed = end + 4 + length
      return undefined
    }
    const text = this.#buffer.toString('latin1', 0, end + 4 + length)
    this.#buffer = this.#buffer.subarray(end + 4 + length)
    this.#scanned = 0
    return { text, bodyTooLarge: false }
  }

  /** RFC 3261 §7.5: line ends before a start line are passed over. */
  #skip(): void {
    const unwanted = Math.min(this.#toSkip, this.#buffer.length)
    this.#toSkip -= unwanted
    let start = unwanted
    if (this.#toSkip === 0) {
      while (this.#buffer[start] === 0x0d || this.#buffer[start] === 0x0a) start++
    }
    if (start === 0) return
    this.#buffer = this.#buffer.subarray(start)
    this.#scanned = 0
  }
}

/** A message without one has no body: the core adds the header to what came without it. */
function contentLengthOf(head: string): number {
  const written = [...head.matchAll(/\r\n(?:content-length|l)[ \t]*:([^\r]*)/gi)].map(([, value = '']) => value.trim())
  if (written.some((value) => !/^\d{1,10}$/.test(value)) || new Set(written.map(Number)).size > 1)
    throw new FramingFault('its Content-Length is no one number')
  return Number(written[0] ?? 0)
}
