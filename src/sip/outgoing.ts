/** Requests that go out: each ends with its final response, or with the words for having none. */
import type { IncomingResponse } from 'jssip/lib/SIPMessage.js'
import { createAlarm, identifier, type Clock, type Randomness } from '../clock.ts'
import { asCaller, type Dialog } from './dialog.ts'
import type { DialogOwner, SipDialog, SipPort, SipResponse } from './port.ts'
import type { SipSettings } from './settings.ts'
import type { SipTransactions } from './transactions.ts'
import { isSipTarget, noResponse, responseOf, WireRequest } from './wire.ts'

/** The dialogs that there are, by `dialogKey`. */
export type Dialogs = Map<string, { readonly dialog: Dialog; readonly owner: DialogOwner }>

interface OutgoingRooms {
  readonly clock: Clock
  readonly random: Randomness
  readonly transactions: () => SipTransactions
  readonly dialogs: Dialogs
}

export interface Outgoing extends Pick<SipPort, 'send' | 'open'> {
  handleOf(dialog: Dialog): SipDialog
}

/** After CANCEL the 487 has this long. */
const CANCELLED_MS = 10_000

const NOTHING = { onReceiveResponse: () => {}, onRequestTimeout: () => {}, onTransportError: () => {} }

export function createOutgoing({ core, limits }: SipSettings, rooms: OutgoingRooms): Outgoing {
  const { clock, random, dialogs } = rooms

  const handleOf = (dialog: Dialog): SipDialog => ({
    send: async (method, headers = [], body) => exchange(dialog.request(method, headers, body)),
    forget: () => {
      dialogs.delete(dialog.key)
    },
  })

  /** Ends with the final response. `first` sees each 2xx, also one that came again. */
  const exchange = (
    request: WireRequest,
    succeeded?: (response: IncomingResponse) => void,
    abort?: AbortSignal,
  ): Promise<SipResponse> =>
    new Promise((resolve) => {
      const giveUp = createAlarm(clock, () => {
        resolve(noResponse(408))
        transaction.cancel()
      })
      const transaction = rooms.transactions().send(request, {
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
      giveUp.set(clock.now() + limits.inviteFor)
      const cancel = (): void => {
        transaction.cancel()
        giveUp.set(clock.now() + CANCELLED_MS)
      }
      abort?.addEventListener('abort', cancel, { once: true })
    })

  return {
    handleOf,
    async send({ method, uri, from, to, headers = [], body }) {
      if (!isSipTarget(uri)) return noResponse(416)
      return exchange(new WireRequest(method, uri, 1, outside(method, from, to, identifier(random), headers), body))
    },
    async open({ method, uri, from, to, headers = [], body }, owner, abort) {
      if (!isSipTarget(uri)) return { response: noResponse(416), dialog: undefined }
      const localTag = identifier(random)
      const request = new WireRequest(method, uri, 1, outside(method, from, to, localTag, headers), body)
      let made: Dialog | undefined
      let isGivenUp = false
      const response = await exchange(
        request,
        (success) => {
          const dialog = (made ??= asCaller(request, localTag, success))
          if (dialog === undefined) return
          rooms.transactions().send(dialog.request('ACK', []), NOTHING)
          // RFC 3261 §15: whoever answers a call that was given up is told that it is over.
          if (isGivenUp) rooms.transactions().send(dialog.request('BYE', []), NOTHING)
          else dialogs.set(dialog.key, { dialog, owner })
        },
        abort,
      )
      isGivenUp = made === undefined
      return { response, dialog: made === undefined ? undefined : handleOf(made) }
    },
  }

  function outside(
    method: string,
    from: string,
    to: string,
    tag: string,
    headers: readonly string[],
  ): readonly string[] {
    return [
      `Route: <sip:${core.host}:${core.port};transport=${core.transport};lr>`,
      'Max-Forwards: 70',
      `From: <${from}>;tag=${tag}`,
      `To: <${to}>`,
      `Call-ID: ${identifier(random)}`,
      `CSeq: 1 ${method}`,
      ...headers,
    ]
  }
}
