/** Writes answers. */
import type { Socket } from 'node:net'
import { stopwatch, type Clock } from '../clock.ts'
import type { Response } from './http-server.ts'
import { createEventStream, type EventStream } from './event-stream.ts'
import type { Answer, Exchange, Headers } from './exchange.ts'

/**
 * A body that nobody took and that is not longer than this is read and thrown away, so that the connection can go on.
 */
export const DISCARDED_AT_MOST = 65_536
/** So many bytes are copied to save a piece. */
const IN_ONE_PIECE = 4_096
/** How long, and for how many bytes, a client may go on sending what was refused before its connection is cut. */
const LINGER_MS = 1_000
const LINGER_BYTES = 1_048_576

export interface Writing {
  readonly clock: Clock
  /** The connection ends behind this answer. */
  readonly last: boolean
  /** Told of every connection that was told to end. */
  readonly ends: (socket: Socket) => void
  /** Milliseconds that the far end of a stream may take nothing. */
  readonly patience: number
  /** Told of every stream when it opens. */
  readonly opened: (stream: EventStream) => void
  readonly failed: (error: unknown) => void
}

export function writeAnswer(exchange: Exchange, answer: Answer, writing: Writing): void {
  if (answer.kind === 'stream') return writeStream(exchange, answer.run, writing)
  const { req, res } = exchange
  const body = answer.body
  const unread = unreadBody(exchange)
  // What is copied comes last: of a literal that begins with a copy V8 makes a shape for each object, which costs 4 µs.
  const headers: Record<string, string | readonly string[] | number> = {
    'x-request-id': exchange.requestId,
    'x-content-type-options': 'nosniff',
    ...exchange.answerHeaders,
    ...answer.headers,
  }
  // RFC 9110 §8.6: no Content-Length in a 204; in a 304 it would be that of the 200.
  if (answer.status !== 204 && answer.status !== 304) headers['content-length'] = body?.length ?? 0
  if (unread === 'left' || writing.last) headers['connection'] = closing(exchange, writing)
  res.writeHead(answer.status, headers as Record<string, string>)
  const sent = req.method === 'HEAD' ? undefined : body
  exchange.answeredAt = stopwatch()
  if (unread === 'left') linger(exchange, sent, writing.clock)
  else if (sent === undefined) res.end()
  // As text it goes out with the header fields in one piece, which costs half of what two do.
  else if (sent.length <= IN_ONE_PIECE) res.end(textOfBytes(sent), 'latin1')
  else res.end(sent)
}

/** A character for each byte, of the bytes where they lie. */
function textOfBytes({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

function closing({ req }: Exchange, { ends }: Writing): string {
  ends(req.socket)
  return 'close'
}

/**
 * What is to become of a body that nobody read: `left` where it stands, because it is long or because the client waits
 * to be asked for it.
 */
function unreadBody(exchange: Exchange): 'none' | 'short' | 'left' {
  const { req, bodyTaken, awaitsContinue } = exchange
  if (bodyTaken || req.complete) return 'none'
  if (req.headers['transfer-encoding'] !== undefined || awaitsContinue) return 'left'
  const length = Number(req.headers['content-length'] ?? 0)
  return length === 0 ? 'none' : length > DISCARDED_AT_MOST ? 'left' : 'short'
}

/**
 * A socket that is closed while unread bytes wait in it is reset, and the client may lose the answer that it has not
 * read yet. So the answer goes out whole, what still comes in is thrown away, and the connection is closed when the
 * client is done, or soon.
 */
function linger({ req, res }: Exchange, body: Uint8Array | undefined, clock: Clock): void {
  if (body === undefined) res.flushHeaders()
  else res.write(body)
  let discarded = 0
  const end = (): void => {
    disarm()
    res.end()
  }
  const disarm = clock.at(clock.now() + LINGER_MS, end)
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length
    if (discarded > LINGER_BYTES) req.destroy()
  })
  req.once('end', end).once('close', end).once('error', end)
  req.resume()
}

export const STREAM_HEADERS: Headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // nginx would collect the events before it passes them on.
  'x-accel-buffering': 'no',
}

function writeStream(exchange: Exchange, run: (stream: EventStream) => void | Promise<void>, writing: Writing): void {
  const { res, answerHeaders } = exchange
  exchange.streamed = true
  const headers: Record<string, string | readonly string[] | number> = {
    ...STREAM_HEADERS,
    ...answerHeaders,
    'x-request-id': exchange.requestId,
  }
  if (writing.last) headers['connection'] = closing(exchange, writing)
  res.writeHead(200, headers as Record<string, string>)
  res.flushHeaders()
  const stream = createEventStream(res, writing.clock, writing.patience)
  writing.opened(stream)
  void follow(stream, run, writing)
}

/** A stream that meets trouble ends; whoever watches comes back and goes on where he was. */
async function follow(
  stream: EventStream,
  run: (stream: EventStream) => void | Promise<void>,
  writing: Writing,
): Promise<void> {
  try {
    await run(stream)
  } catch (error) {
    writing.failed(error)
    stream.end()
  }
}

/** What the log says where the client went away before it was answered, as nginx does. */
const GONE = 499

/**
 * Before its headers are sent an answer says 200, unless somebody else told the client what is wrong
 * (`client-error.ts`).
 */
export function answeredStatus({ headersSent, statusCode }: Response): number {
  return headersSent || statusCode !== 200 ? statusCode : GONE
}

/** The answer is out, or the far end is gone, who may have gone before his request began. */
export function whenOver(res: Response, over: () => void): void {
  if (res.closed) over()
  else res.once('close', over)
}
