/**
 * The user agent: each request that comes in is answered once, whatever it holds and whatever its handler does (RFC
 * 3261 §8.2); each that goes out ends with a response or with the words for having none.
 */
import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js'
import { identifier } from '../clock.ts'
import type { SipConnection } from './connection.ts'
import { createConnections } from './connections.ts'
import type { SipFrame } from './framing.ts'
import { createIncoming, type IncomingRequests, type IncomingRooms } from './incoming.ts'
import { createOutgoing, type Dialogs } from './outgoing.ts'
import type { SipHandler, SipPort } from './port.ts'
import type { SipSettings } from './settings.ts'
import { createSipTransactions, type SipTransactions } from './transactions.ts'
import { badRequestText } from './wire.ts'

export interface SipStack extends SipPort {
  start(): Promise<void>
  stop(): Promise<void>
}

/** @param handlers of requests outside of dialogs, by method. */
export function createSipStack(
  settings: SipSettings,
  rooms: IncomingRooms,
  handlers: () => Readonly<Record<string, SipHandler>>,
): SipStack {
  const { clock, random, log } = rooms
  const { host, port, core, domain } = settings
  const dialogs: Dialogs = { all: new Map(), subscribing: new Map() }
  const outgoing = createOutgoing(settings, { clock, random, dialogs, transactions: () => transactions })
  const connectedListeners = new Set<() => void>()
  const isConnected = (): boolean => connections.isOpen()
  const incoming = createIncoming(settings, rooms, handlers, { dialogs, outgoing, isConnected })
  const literal = host.includes(':') ? `[${host}]` : host

  const connections = createConnections(settings, rooms, {
    received: (frame, from) => {
      // What a message makes the library throw costs that message.
      try {
        if (!receive({ transactions, incoming }, frame, from)) refuseUnread(frame, from, rooms)
      } catch (error) {
        log.warn({ err: error }, 'a SIP message could not be read')
        refuseUnread(frame, from, rooms)
      }
    },
    opened: () => {
      for (const listener of connectedListeners) listener()
    },
    lost: () => transactions.connectionLost(),
  })
  const transactions = createSipTransactions(`${literal}:${port}`, domain, connections.core, random)
  const contact = (user: string): string => `<sip:${user}@${literal}:${port};transport=${core.transport}>`

  return {
    send: outgoing.send,
    open: outgoing.open,
    subscribe: outgoing.subscribe,
    contact,
    isConnected,
    onConnected(listener) {
      connectedListeners.add(listener)
      return () => connectedListeners.delete(listener)
    },
    start: () => connections.start(),
    async stop() {
      await connections.stop()
      transactions.connectionLost()
    },
  }
}

function isRequest(message: IncomingRequest | IncomingResponse): message is IncomingRequest {
  return 'ruri' in message
}

/** RFC 3261 §8.1.1: without these there is nothing to answer to. */
function isWhole(request: IncomingRequest): boolean {
  const { call_id, cseq, from, to, via, via_branch, from_tag } = request
  return [call_id, cseq, from, to, via, via_branch, from_tag, request.ruri].every(
    (part) => part !== null && part !== undefined && part !== '',
  )
}

/** RFC 3261 §18.1.2, §18.2.1: what has come goes to its transaction, or begins one. False: it cannot be read. */
function receive(
  { transactions, incoming }: { readonly transactions: SipTransactions; readonly incoming: IncomingRequests },
  frame: SipFrame,
  from: SipConnection,
): boolean {
  const message = transactions.parse(frame.text)
  if (message === undefined) return false
  if (!isRequest(message)) {
    transactions.respond(message)
    return true
  }
  message.transport = from
  if (!isWhole(message)) return false
  if (transactions.takes(message)) return true
  // The ACK of a 2xx is a request of its own, and is not answered (RFC 3261 §13.3.1.4).
  if (message.method === 'ACK') return true
  if (message.method === 'CANCEL') {
    incoming.cancelled(message)
    return true
  }
  transactions.serve(message, from)
  void incoming.answer(message, frame.bodyTooLarge)
  return true
}

function refuseUnread({ text }: SipFrame, from: SipConnection, { random }: Pick<IncomingRooms, 'random'>): void {
  const refusal = badRequestText(text, identifier(random))
  if (refusal !== undefined) from.send(refusal)
}
