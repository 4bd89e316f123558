/** What a refusal is in SIP: the statuses of HTTP where they mean the same, and the others by name. */
import { STATUS, type Refusal } from '../refusal.ts'
import type { SipAnswer } from './port.ts'

/**
 * Statuses of `refusal.ts` that mean something else in SIP. 507 (RFC 4918 §11.5) is not of SIP, and the core hands it
 * on like any other 5xx (RFC 3261 §8.1.3.2).
 */
const IN_SIP: Readonly<Record<number, number>> = {
  // The sender was authenticated by the core, so asking him again would help nobody.
  401: 403,
  409: 400,
  412: 400,
  422: 400,
  429: 503,
  431: 513,
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
