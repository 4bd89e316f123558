/** Requests that go out: each ends with its final response, or with the words for having none. */
import { identifier, type Clock, type Randomness } from '../clock.ts'
import { asCaller, type Dialog } from './dialog.ts'
import { createClientTransactions } from './client-transaction.ts'
import type { DialogOwner, OutgoingSip, SipDialog, SipPort } from './port.ts'
import type { SipSettings } from './settings.ts'
import type { SipTransactions } from './transactions.ts'
import { isSipTarget, noResponse, WireRequest } from './wire.ts'

/** The dialogs that there are, by `dialogKey`, and those that a SUBSCRIBE of ours is about to make. */
export interface Dialogs {
  readonly all: Map<string, { readonly dialog: Dialog; readonly owner: DialogOwner }>
  /** By Call-ID and our tag. */
  readonly subscribing: Map<string, DialogOwner>
}

/** RFC 6665 §4.1.2.4: under this a SUBSCRIBE of ours waits for its first NOTIFY. */
export function subscribingKey(callId: string, localTag: string): string {
  return JSON.stringify([callId, localTag])
}

interface OutgoingRooms {
  readonly clock: Clock
  readonly random: Randomness
  readonly transactions: () => SipTransactions
  readonly dialogs: Dialogs
}

export interface Outgoing extends Pick<SipPort, 'send' | 'open' | 'subscribe'> {
  handleOf(dialog: Dialog): SipDialog
}

const NOTHING = { onReceiveResponse: () => {}, onRequestTimeout: () => {}, onTransportError: () => {} }

export function createOutgoing({ core, limits }: SipSettings, rooms: OutgoingRooms): Outgoing {
  const { random, dialogs } = rooms
  const exchange = createClientTransactions(rooms, limits.inviteFor)

  const handleOf = (dialog: Dialog): SipDialog => ({
    send: async (method, headers = [], body) => exchange(dialog.request(method, headers, body)),
    forget: () => {
      dialogs.all.delete(dialog.key)
    },
  })

  /** A NOTIFY may have made one for a SUBSCRIBE that is refused after all. */
  const forgetAll = (callId: string): void => {
    for (const [key, { dialog }] of dialogs.all) if (dialog.state.callId === callId) dialogs.all.delete(key)
  }

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
          else dialogs.all.set(dialog.key, { dialog, owner })
        },
        abort,
      )
      isGivenUp = made === undefined
      return { response, dialog: made === undefined ? undefined : handleOf(made) }
    },
    async subscribe(asked, owner) {
      if (!isSipTarget(asked.uri)) return { response: noResponse(416), dialog: undefined }
      const [localTag, callId] = [identifier(random), identifier(random)]
      const request = requestOutside(core, asked, localTag, callId)
      const key = subscribingKey(callId, localTag)
      dialogs.subscribing.set(key, owner)
      try {
        let made: Dialog | undefined
        const response = await exchange(request, (success) => (made ??= asCaller(request, localTag, success)))
        if (made === undefined) {
          forgetAll(callId)
          return { response, dialog: undefined }
        }
        // The NOTIFY may have come first, and made it.
        const known = dialogs.all.get(made.key)
        if (known === undefined) dialogs.all.set(made.key, { dialog: made, owner })
        return { response, dialog: handleOf(known?.dialog ?? made) }
      } finally {
        dialogs.subscribing.delete(key)
      }
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
