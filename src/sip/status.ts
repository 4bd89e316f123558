/** What a refusal is in SIP: the statuses of HTTP where they mean the same, and the others by name. */
import { STATUS, type Refusal } from '../refusal.ts'
import type { SipAnswer } from './port.ts'

/** Statuses of `refusal.ts` that SIP does not have, or that mean something else there. */
const IN_SIP: Readonly<Record<number, number>> = {
  // The sender was authenticated by the core, so asking him again would help nobody.
  401: 403,
  405: 405,
  409: 400,
  412: 400,
  414: 414,
  422: 400,
  429: 503,
  431: 513,
  // RFC 4918 §11.5; the core hands it on like any other 5xx (RFC 3261 §8.1.3.2).
  507: 507,
}

export function answerOf(refusal: Refusal): SipAnswer {
  const { status: inHttp, title } = STATUS[refusal.kind]
  const status = IN_SIP[inHttp] ?? inHttp
  const headers = [
    ...('retryAfter' in refusal ? [`Retry-After: ${Math.ceil(refusal.retryAfter)}`] : []),
    ...(status === 415 ? ['Accept: message/cpim, message/imdn+xml, text/plain, */*', 'Accept-Encoding: deflate'] : []),
  ]
  return { status, reason: title, headers }
}
