/** One request and its answer as the handlers see them, behind `request-limits.ts`.
 * Only `answer.ts` writes to the socket, and only `body.ts` reads from it. */
import type { Principal } from '../access/account.ts'
import type { TrailEntry } from '../access/trail.ts'
import type { Instant } from '../clock.ts'
import type { Etag } from '../names.ts'
import type { Request, Response } from './http-server.ts'
import type { EventStream } from './event-stream.ts'

/** What is known of a request, filled in on its way. */
export interface Exchange {
  readonly req: Request
  readonly res: Response
  /** The client's or its proxy's where it is plain, else one of ours: the same in the answer and in the log. */
  readonly requestId: string
  /** Of the client, as trusted proxies name it. */
  readonly address: string
  /** Of bare user names in the request. */
  readonly realm: string
  /** The request target in origin form, otherwise as it was sent: nothing decoded, nothing normalised. */
  target: string
  /** True while the client waits for `100 Continue` before it sends the body. */
  awaitsContinue: boolean
  /** True once somebody took the body. */
  bodyTaken: boolean
  /** Milliseconds from asking for the body to its last byte; 0 while it is not here. */
  bodyTook: number
  /** Bytes of the body that count against what all bodies together may have. */
  bodyBytes: number
  /** For the metrics: which kind of resource this was. */
  route: string
  /** Of the application usage, where a document is asked for by XCAP. */
  auid: string | undefined
  /** True once the answer is an event stream. */
  streamed: boolean
  principal: Principal | undefined
  /** Until when the token holds by which that was said. */
  authenticatedUntil?: Instant | undefined
  /** Whether a session of a browser says who that is. */
  bySession: boolean
  /** The name under which somebody tried to log in by a body. */
  tried: string | undefined
  /** The server's id of the message that this is about. */
  message: string | undefined
  /** The entity tags of the document that was changed. */
  changed: { readonly before: Etag | undefined; readonly etag: Etag | undefined } | undefined
  /** What was done for others than oneself, and is in the trail. */
  deed: TrailEntry | undefined
  /** Whether the request counts against what its user may have at once. */
  holdsSlot: boolean
  /** True for one of many that were turned away: they share a line of the log. */
  shed: boolean
  /** Told when the request begins (1) and ends (-1) to wait for its client's body. */
  readonly waits: (change: 1 | -1) => void
  /** When its whole answer was handed over for sending, on the stopwatch. */
  answeredAt: number | undefined
  /** What authentication wants to go out with the answer, whatever it is. */
  answerHeaders: Readonly<Record<string, string>>
}

export type Headers = Readonly<Record<string, string | readonly string[]>>

export type Answer =
  | { readonly kind: 'whole'; readonly status: number; readonly headers: Headers; readonly body?: Uint8Array }
  /** An event stream: `run` is called with the stream and the headers sent. */
  | { readonly kind: 'stream'; readonly run: (stream: EventStream) => void | Promise<void> }

export function jsonAnswer(status: number, value: unknown, headers: Headers = {}): Answer {
  return jsonBytesAnswer(status, Buffer.from(JSON.stringify(value)), headers)
}

/** @param body JSON in UTF-8. */
export function jsonBytesAnswer(status: number, body: Uint8Array, headers: Headers = {}): Answer {
  return {
    kind: 'whole',
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache', ...headers },
    body,
  }
}

export function emptyAnswer(status: number, headers: Headers = {}): Answer {
  return { kind: 'whole', status, headers }
}

export function quotedTag(etag: string): string {
  return `"${etag}"`
}
