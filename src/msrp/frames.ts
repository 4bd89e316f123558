/**
 * MSRP frames, RFC 4975 §7 and §9, out of a stream and into it. Bounded: who sends more than a frame may have, or what
 * is none, loses the connection.
 */

interface MsrpParts {
  /** The transaction identifier. */
  readonly id: string
  /** Names in lower case; each stands once. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array | undefined
  /** `$` the message ends here, `+` it goes on, `#` it is given up. */
  readonly flag: MsrpFlag
}

export type MsrpFlag = '$' | '+' | '#'

export type MsrpFrame =
  | (MsrpParts & { readonly kind: 'request'; readonly method: string })
  | (MsrpParts & { readonly kind: 'response'; readonly status: number })

export interface MsrpLimits {
  readonly headBytes: number
  readonly bodyBytes: number
}

class NoMsrp extends Error {}

/** RFC 4975 §9: an identifier has 4 to 32 characters, and begins with a letter or digit. */
const START = /^MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (?:([A-Z]{1,32})|(\d{3})(?: [^\r\n]*)?)$/
const START_BYTES_AT_MOST = 256
const HEADERS_AT_MOST = 32
/** RFC 4975 §9: what stands before the identifier in the end line. */
const DASHES = '-------'

export class MsrpFrames {
  readonly #limits: MsrpLimits
  #buffer: Buffer = Buffer.alloc(0)
  /** Up to here there is no end line, so many small reads of a long frame do not scan the same bytes again. */
  #scanned = 0

  constructor(limits: MsrpLimits) {
    this.#limits = limits
  }

  /** @throws NoMsrp */
  push(chunk: Buffer): readonly MsrpFrame[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    const frames: MsrpFrame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): MsrpFrame | undefined {
    const lineEnd = this.#buffer.indexOf('\r\n')
    if (lineEnd < 0 || lineEnd > START_BYTES_AT_MOST) {
      if (this.#buffer.length > START_BYTES_AT_MOST) throw new NoMsrp('the start line does not end')
      return undefined
    }
    const start = START.exec(this.#buffer.toString('latin1', 0, lineEnd))
    if (start === null) throw new NoMsrp('the start line is none')
    const [, id = '', method, status] = start
    const end = this.#endLine(id, lineEnd)
    if (end === undefined) {
      if (this.#buffer.length > this.#limits.headBytes + this.#limits.bodyBytes)
        throw new NoMsrp('the frame does not end')
      return undefined
    }
    const parts = { id, flag: end.flag, ...this.#contents(lineEnd, end.at) }
    this.#buffer = this.#buffer.subarray(end.behind)
    this.#scanned = 0
    return method === undefined
      ? { kind: 'response', status: Number(status), ...parts }
      : { kind: 'request', method, ...parts }
  }

  /** The first CRLF, seven dashes, our identifier, a flag, CRLF: dashes alone may stand in a body. */
  #endLine(
    id: string,
    lineEnd: number,
  ): { readonly at: number; readonly behind: number; readonly flag: MsrpFlag } | undefined {
    const mark = `\r\n${DASHES}${id}`
    let from = Math.max(lineEnd, this.#scanned)
    for (;;) {
      const at = this.#buffer.indexOf(mark, from, 'latin1')
      const behind = at + mark.length + 3
      if (at < 0 || this.#buffer.length < behind) {
        this.#scanned = at < 0 ? Math.max(lineEnd, this.#buffer.length - mark.length) : at
        return undefined
      }
      const tail = this.#buffer.toString('latin1', at + mark.length, behind)
      if (/^[$+#]\r\n$/.test(tail)) return { at, behind, flag: tail[0] as MsrpFlag }
      from = at + 1
    }
  }

  #contents(
    lineEnd: number,
    end: number,
  ): { readonly headers: ReadonlyMap<string, string>; readonly body: Uint8Array | undefined } {
    const blank = this.#buffer.indexOf('\r\n\r\n', lineEnd)
    const hasBody = blank >= 0 && blank < end
    const headEnd = hasBody ? blank : end
    if (headEnd > this.#limits.headBytes) throw new NoMsrp('the headers are too long')
    const bodyBytes = hasBody ? Math.max(0, end - blank - 4) : 0
    if (bodyBytes > this.#limits.bodyBytes) throw new NoMsrp('the body is too long')
    const headers = headersOf(this.#buffer.toString('utf8', lineEnd + 2, headEnd))
    // An empty body has one CRLF less than two line ends: headers, CRLF, CRLF, end line.
    return { headers, body: hasBody ? Buffer.from(this.#buffer.subarray(blank + 4, blank + 4 + bodyBytes)) : undefined }
  }
}

function headersOf(head: string): ReadonlyMap<string, string> {
  const lines = head.split('\r\n').filter((line) => line !== '')
  if (lines.length > HEADERS_AT_MOST) throw new NoMsrp('it has too many headers')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new NoMsrp('a header has no name')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (headers.has(name)) throw new NoMsrp('a header stands twice')
    headers.set(name, line.slice(colon + 1).trim())
  }
  return headers
}

/** @param first the method, or status and comment. */
export function writeFrame(
  id: string,
  first: string,
  headers: readonly (readonly [name: string, value: string])[],
  body?: Uint8Array,
  flag: MsrpFlag = '$',
): Buffer {
  const head = [`MSRP ${id} ${first}`, ...headers.map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}`)]
  const end = `${DASHES}${id}${flag}\r\n`
  if (body === undefined) return Buffer.from(`${head.join('\r\n')}\r\n${end}`)
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body, Buffer.from(`\r\n${end}`)])
}
