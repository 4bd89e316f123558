/** What a MESSAGE carries: one body, plain or in CPIM, and what the sender says about it. */
import { createHash } from 'node:crypto'
import { CPIM_TYPE, mimeHeader, readCpim, type CpimMessage } from '../cpim/cpim.ts'
import { imdnRequestOf, IMDN_TYPE, type AskedDisposition } from '../cpim/imdn.ts'
import { mediaTypeOf } from '../media-type.ts'
import { Refused } from '../refusal.ts'
import type { SipRequest } from './port.ts'
import { inflated } from './wire.ts'

export interface MessageContent {
  /** Of the sender; of the request where he gave none, so that the same request again is the same message (P6). */
  readonly messageId: string
  readonly contentType: string
  readonly body: Uint8Array
  readonly subject: string | undefined
  readonly asked: readonly AskedDisposition[]
  /** Whom the sender wrote to, if he says so. */
  readonly addressed: string | undefined
  readonly isAttachment: boolean
}

/** `type/subtype` with parameters (RFC 9110 §8.3.1 has the same form). */
const MEDIA_TYPE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+\/[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*;[\x20-\x7e\t]*)?$/
/** As the REST side takes it. */
const MESSAGE_ID = /^[\x21-\x7e]{1,128}$/
const LINE_CHARACTERS_AT_MOST = 998

/** @throws Refused `bad-request`, `unsupported-media-type`, `too-large` */
export function contentOf(request: SipRequest, bytesAtMost: number): MessageContent {
  const contentType = request.header('content-type') ?? request.header('c')
  if (contentType === undefined || request.body.length === 0)
    throw new Refused({ kind: 'bad-request', detail: 'A message has a body, and a Content-Type.' })
  const subject = lineOf(utf8(request.header('subject') ?? request.header('s')))
  if (mediaTypeOf(contentType) === CPIM_TYPE) return ofCpim(request, readCpim(request.body), subject, bytesAtMost)
  return {
    messageId: idOfRequest(request),
    contentType: checkedType(contentType),
    body: request.body,
    subject,
    asked: [],
    addressed: undefined,
    isAttachment: isAttachment(request.header('content-disposition')),
  }
}

function ofCpim(
  request: SipRequest,
  cpim: CpimMessage,
  subject: string | undefined,
  bytesAtMost: number,
): MessageContent {
  const contentType = mimeHeader(cpim, 'content-type')
  if (contentType === undefined)
    throw new Refused({ kind: 'bad-request', detail: 'The body in message/cpim has no Content-Type.' })
  const { messageId, asked } = imdnRequestOf(cpim)
  if (messageId !== undefined && !MESSAGE_ID.test(messageId))
    throw new Refused({ kind: 'bad-request', detail: 'An IMDN Message-ID has 1 to 128 visible ASCII characters.' })
  const encoded = transferred(cpim.body, mimeHeader(cpim, 'content-transfer-encoding'))
  return {
    messageId: messageId ?? idOfRequest(request),
    contentType: checkedType(contentType),
    body: inflated(encoded, mimeHeader(cpim, 'content-encoding'), bytesAtMost),
    subject: lineOf(cpim.subject) ?? subject,
    asked,
    addressed: cpim.to[0]?.uri,
    isAttachment: isAttachment(mimeHeader(cpim, 'content-disposition')),
  }
}

export function isNotification({ contentType }: Pick<MessageContent, 'contentType'>): boolean {
  return mediaTypeOf(contentType) === IMDN_TYPE
}

function isAttachment(disposition: string | undefined): boolean {
  return /^\s*attachment\b/i.test(disposition ?? '')
}

/** RFC 2045 §6: base64 is what clients send; what is `7bit`, `8bit` or `binary` is itself. */
function transferred(body: Uint8Array, encoding: string | undefined): Uint8Array {
  switch ((encoding ?? 'binary').trim().toLowerCase()) {
    case '7bit':
    case '8bit':
    case 'binary':
      return body
    case 'base64': {
      const text = Buffer.from(body).toString('latin1').replace(/\s+/g, '')
      if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) return Buffer.from(text, 'base64')
      throw new Refused({ kind: 'bad-request', detail: 'The body is not base64, though it says so.' })
    }
    default:
      throw new Refused({ kind: 'unsupported-media-type', detail: 'Content-Transfer-Encoding is base64 or none.' })
  }
}

function checkedType(contentType: string): string {
  if (contentType.length <= 255 && MEDIA_TYPE.test(contentType)) return contentType
  throw new Refused({ kind: 'unsupported-media-type', detail: 'The Content-Type is no media type.' })
}

function utf8(header: string | undefined): string | undefined {
  return header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8')
}

function lineOf(text: string | undefined): string | undefined {
  const line = text?.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  return line === undefined || line === '' ? undefined : line.slice(0, LINE_CHARACTERS_AT_MOST).toWellFormed()
}

/** Call-ID, tag and number name a request, RFC 3261 §8.1.1. */
function idOfRequest(request: SipRequest): string {
  const parts = [request.callId, request.header('from') ?? '', request.header('cseq') ?? '']
  return `sip-${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32)}`
}
