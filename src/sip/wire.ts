/** Between the library's messages and ours: what is read of a request, and how requests and answers are written. */
import { inflateSync } from 'node:zlib'
import type { IncomingRequest, IncomingResponse, Uri } from 'jssip/lib/SIPMessage.js'
import uri from 'jssip/lib/URI.js'
import { Refused } from '../refusal.ts'
import type { SipAnswer, SipBody, SipRequest, SipResponse } from './port.ts'

export const METHODS = 'INVITE, ACK, CANCEL, BYE, MESSAGE, SUBSCRIBE, NOTIFY, OPTIONS, REGISTER'

/**
 * Text as the bytes that go over the wire, a character for each; CR and LF would begin a header of somebody else's
 * choice.
 */
function wireText(text: string): string {
  return Buffer.from(text.replace(/[\r\n\0]+/g, ' '), 'utf8').toString('latin1')
}

/** Whether a request can be sent there: the library reads URIs of SIP, and no others. */
export function isSipTarget(text: string): boolean {
  try {
    return uri.parse(wireText(text)) !== undefined
  } catch {
    return false
  }
}

/**
 * A request with exactly the headers that we mean, in the shape that transactions of the library send: its own would
 * add extensions that we do not have.
 */
export class WireRequest {
  readonly method: string
  /** What the library copies into its ACK for a refused INVITE. */
  readonly ruri: Uri
  readonly cseq: number
  readonly #target: string
  readonly #headers: (readonly [name: string, value: string])[]
  readonly #body: SipBody | undefined

  /** @throws Refused `bad-request`: the target is no URI. */
  constructor(method: string, target: string, cseq: number, headers: readonly string[], body?: SipBody) {
    const ruri = uri.parse(wireText(target))
    if (ruri === undefined) throw new Refused({ kind: 'bad-request', detail: `${target.slice(0, 80)} is no SIP URI.` })
    this.method = method
    this.ruri = ruri
    this.cseq = cseq
    this.#target = wireText(target)
    this.#headers = headers.map(wireText).map((header) => {
      const colon = header.indexOf(':')
      return [header.slice(0, colon), header.slice(colon + 1).trim()]
    })
    this.#body = body
  }

  /** Via stands first; whatever else the library sets is replaced where it is. */
  setHeader(name: string, value: string): void {
    const at = this.#headers.findIndex(([known]) => known.toLowerCase() === name.toLowerCase())
    if (at >= 0) this.#headers[at] = [name, value]
    else this.#headers.unshift([name, value])
  }

  getHeader(name: string): string | undefined {
    return this.getHeaders(name)[0]
  }

  getHeaders(name: string): readonly string[] {
    return this.#headers.filter(([known]) => known.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
  }

  toString(): string {
    const named = this.#headers.map(([name, value]) => `${name}: ${value}`)
    return [`${this.method} ${this.#target} SIP/2.0`, ...named, ...bodyLines(this.#body)].join('\r\n')
  }
}

function bodyLines(body: SipBody | undefined): readonly string[] {
  if (body === undefined) return ['Content-Length: 0', '', '']
  const bytes = Buffer.from(body.bytes).toString('latin1')
  return [`Content-Type: ${wireText(body.type)}`, `Content-Length: ${bytes.length}`, '', bytes]
}

/**
 * The answer to a request that the library cannot read, from what stands in it; `undefined` where that is not enough,
 * or nothing is to be answered. RFC 3261 §21.4.1.
 */
export function badRequestText(text: string, tag: string): string | undefined {
  const [first = '', ...lines] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n')
  const method = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(first)?.[1]
  if (method === undefined || method === 'ACK') return undefined
  const kept = (['via', 'from', 'to', 'call-id', 'cseq'] as const).map((name) =>
    lines.filter((line) => new RegExp(`^(?:${name}|${SHORT[name]})[ \\t]*:`, 'i').test(line)),
  )
  if (kept.some((found) => found.length === 0)) return undefined
  const named = kept
    .flat()
    .map((line) => (/^to?[ \t]*:/i.test(line) && !/;\s*tag=/i.test(line) ? `${line};tag=${tag}` : line))
  return [`SIP/2.0 400 Bad Request`, ...named, ...bodyLines(undefined)].join('\r\n')
}

const SHORT = { via: 'v', from: 'f', to: 't', 'call-id': 'i', cseq: 'cseq' } as const

/** @param tag of ours, for the To header that has none yet. */
export function answerText(request: IncomingRequest, answer: SipAnswer, tag: string): string {
  const to = request.getHeader('to') ?? ''
  const makesDialog = answer.status > 100 && answer.status < 300 && /^(?:INVITE|SUBSCRIBE)$/.test(request.method)
  return [
    `SIP/2.0 ${answer.status} ${wireText(answer.reason ?? REASONS[answer.status] ?? 'Answer')}`,
    ...request.getHeaders('via').map((via) => `Via: ${via}`),
    // RFC 3261 §12.1.1: "the UAS MUST copy all Record-Route header field values" into what makes a dialog.
    ...(makesDialog ? request.getHeaders('record-route').map((route) => `Record-Route: ${route}`) : []),
    `From: ${request.getHeader('from') ?? ''}`,
    `To: ${request.to_tag === null || request.to_tag === undefined ? `${to};tag=${tag}` : to}`,
    `Call-ID: ${request.call_id ?? ''}`,
    `CSeq: ${request.cseq ?? 0} ${request.method}`,
    ...(answer.headers ?? []).map(wireText),
    ...bodyLines(answer.body),
  ].join('\r\n')
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  202: 'Accepted',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
}

export function requestOf(request: IncomingRequest, inflatedAtMost: number): SipRequest {
  return {
    method: request.method,
    uri: String(request.ruri),
    to: String(request.to?.uri ?? ''),
    callId: request.call_id ?? '',
    header: (name) => request.getHeader(name),
    headers: (name) => request.getHeaders(name),
    body: bodyOf(request, inflatedAtMost),
  }
}

export function responseOf(response: IncomingResponse): SipResponse {
  return {
    status: response.status_code,
    header: (name) => response.getHeader(name),
    headers: (name) => response.getHeaders(name),
    body: Buffer.from(response.body ?? '', 'latin1'),
  }
}

/** What nobody answered: 408 in time, 416 because there is no way to such a URI, 503 for lack of a connection. */
export function noResponse(status: 408 | 416 | 503): SipResponse {
  return { status, header: () => undefined, headers: () => [], body: new Uint8Array() }
}

/** @throws Refused `unsupported-media-type`, `too-large`, `bad-request` */
function bodyOf(request: IncomingRequest, atMost: number): Uint8Array {
  const raw = Buffer.from(request.body ?? '', 'latin1')
  return inflated(raw, request.getHeader('content-encoding') ?? request.getHeader('e'), atMost)
}

/** RFC 3261 §20.12. Liblinphone deflates its notifications. */
export function inflated(raw: Uint8Array, encoding: string | undefined, atMost: number): Uint8Array {
  const coding = (encoding ?? 'identity').trim().toLowerCase()
  if (coding === 'identity' || coding === '') return raw
  if (coding !== 'deflate')
    throw new Refused({ kind: 'unsupported-media-type', detail: 'Content-Encoding is identity or deflate.' })
  try {
    return inflateSync(raw, { maxOutputLength: atMost })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Refused({ kind: 'too-large', detail: `Inflated, the body has more than ${atMost} bytes.` })
    throw new Refused({ kind: 'bad-request', detail: 'The body is not deflated, though it says so.' })
  }
}
