/** Requests that go out: each ends with its final response, or with the words for having none. */
import { identifier, type Clock, type Randomness } from '../clock.ts'
import { asCaller, type Dialog } from './dialog.ts'
import { createClientTransactions } from './client-transaction.ts'
import type { DialogOwner, OutgoingSip, SipDialog, SipPort } from './port.ts'
import type { SipSettings } from './settings.ts'
import type { SipTransactions } from './transactions.ts'
import { isSipTarget, noResponse, WireRequest } from './wire.ts'

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

const NOTHING = { onReceiveResponse: () => {}, onRequestTimeout: () => {}, onTransportError: () => {} }

export function createOutgoing({ core, limits }: SipSettings, rooms: OutgoingRooms): Outgoing {
  const { random, dialogs } = rooms
  const exchange = createClientTransactions(rooms, limits.inviteFor)

  const handleOf = (dialog: Dialog): SipDialog => ({
    send: async (method, headers = [], body) => exchange(dialog.request(method, headers, body)),
    forget: () => {
      dialogs.delete(dialog.key)
    },
  })

  return {
    handleOf,
    async send(asked) {
      if (!isSipTarget(asked.uri)) return noResponse(416)
      return exchange(requestOutside(core, asked, identifier(random), identifier(random)))
    },
    async open(asked, owner, abort) {
      if (!isSipTarget(asked.uri)) return { response: noResponse(416), dialog: undefined }
      const localTag = identifier(random)
      const request = requestOutside(core, asked, localTag, identifier(random))
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
}

/** RFC 3261 §8.1.1: what stands in each request outside of a dialog. */
function requestOutside(
  core: SipSettings['core'],
  { method, uri, from, to, headers = [], body }: OutgoingSip,
  tag: string,
  callId: string,
): WireRequest {
  const fixed = [
    `Route: <sip:${core.host}:${core.port};transport=${core.transport};lr>`,
    'Max-Forwards: 70',
    `From: <${from}>;tag=${tag}`,
    `To: <${to}>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
  ]
  return new WireRequest(method, uri, 1, [...fixed, ...headers], body)
}
