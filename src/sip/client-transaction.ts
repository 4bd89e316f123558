/** One client transaction (RFC 3261 §17.1) to its end: a final response, or the words for having none. */
import type { IncomingResponse } from 'jssip/lib/SIPMessage.js'
import { createAlarm, type Clock } from '../clock.ts'
import type { SipResponse } from './port.ts'
import type { SipTransactions } from './transactions.ts'
import { noResponse, responseOf, type WireRequest } from './wire.ts'

/** Ends with the final response. `succeeded` sees each 2xx, also one that came again. Aborting sends CANCEL. */
export type RunTransaction = (
  request: WireRequest,
  succeeded?: (response: IncomingResponse) => void,
  abort?: AbortSignal,
) => Promise<SipResponse>

/** RFC 3261 §9.1: after CANCEL the 487 has this long. */
const CANCELLED_MS = 10_000

/** @param inviteFor milliseconds that an INVITE rings. */
export function createClientTransactions(
  { clock, transactions }: { readonly clock: Clock; readonly transactions: () => SipTransactions },
  inviteFor: number,
): RunTransaction {
  return (request, succeeded, abort) =>
    new Promise((resolve) => {
      const giveUp = createAlarm(clock, () => {
        resolve(noResponse(408))
        transaction.cancel()
      })
      const transaction = transactions().send(request, {
        onReceiveResponse: (response) => {
          if (response.status_code < 200) return
          giveUp.callOff()
          if (response.status_code < 300) succeeded?.(response)
          resolve(responseOf(response))
        },
        onRequestTimeout: () => resolve(noResponse(408)),
        onTransportError: () => {
          giveUp.callOff()
          resolve(noResponse(503))
        },
      })
      if (request.method !== 'INVITE') return
      giveUp.set(clock.now() + inviteFor)
      const cancel = (): void => {
        transaction.cancel()
        giveUp.set(clock.now() + CANCELLED_MS)
      }
      abort?.addEventListener('abort', cancel, { once: true })
    })
}
