/** Messages that come in chunks, put together: RFC 4975 §7.3. */
import type { MsrpFrame } from './frames.ts'

export interface MsrpMessage {
  readonly id: string
  readonly type: string
  readonly body: Uint8Array
}

interface Parts {
  readonly type: string
  /** By their first byte, counted from 1; a chunk that came again counts once. */
  readonly chunks: Map<number, Uint8Array>
  bytes: number
  /** Of the message, once its last chunk has come. */
  total: number | undefined
}

/** Messages of one session that are not complete. */
const AT_ONCE = 4
/** Of one message: 2 KB each is what the standard says, and who sends empty ones gets nowhere. */
const CHUNKS_AT_MOST = 8192

export class Incoming {
  readonly #bytesAtMost: number
  readonly #open = new Map<string, Parts>()

  constructor(bytesAtMost: number) {
    this.#bytesAtMost = bytesAtMost
  }

  /** @returns the answer to the chunk, and the message where it was the last one missing. */
  chunk(frame: MsrpFrame): { readonly answer: string; readonly message?: MsrpMessage } {
    if (frame.body === undefined) return { answer: '200 OK' }
    const id = frame.headers.get('message-id')
    const type = frame.headers.get('content-type')
    const range = /^([1-9]\d{0,14})-(?:\d{1,15}|\*)\/(\d{1,15}|\*)$/.exec(frame.headers.get('byte-range') ?? '1-*/*')
    if (id === undefined || range === null || type === undefined) return { answer: '400 Bad Request' }
    const parts = this.#open.get(id) ?? { type, chunks: new Map<number, Uint8Array>(), bytes: 0, total: undefined }
    if (frame.flag === '#') {
      this.#open.delete(id)
      return { answer: '200 OK' }
    }
    const first = Number(range[1])
    if (!parts.chunks.has(first)) {
      parts.chunks.set(first, frame.body)
      parts.bytes += frame.body.length
    }
    // RFC 4975 §10.5: 413 asks the sender to stop.
    const declared = range[2] === '*' ? 0 : Number(range[2])
    const isTooMuch = Math.max(parts.bytes, declared) > this.#bytesAtMost || parts.chunks.size > CHUNKS_AT_MOST
    if (isTooMuch || (!this.#open.has(id) && this.#open.size >= AT_ONCE)) {
      this.#open.delete(id)
      return { answer: '413 Too Much' }
    }
    if (frame.flag === '$') parts.total = first - 1 + frame.body.length
    if (parts.total === undefined || parts.bytes < parts.total) {
      this.#open.set(id, parts)
      return { answer: '200 OK' }
    }
    this.#open.delete(id)
    const body = Buffer.concat([...parts.chunks].sort(([a], [b]) => a - b).map(([, chunk]) => chunk))
    return { answer: '200 OK', message: { id, type: parts.type, body } }
  }
}
