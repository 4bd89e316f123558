/**
 * The library's parser and transactions, and nothing else of it: it is made for browsers, where one user has one
 * connection. What it wants of its user agent is this object.
 */
import parser from 'jssip/lib/Parser.js'
import type { IncomingRequest, IncomingResponse } from 'jssip/lib/SIPMessage.js'
import transactions, { type Transaction } from 'jssip/lib/Transactions.js'
import uri from 'jssip/lib/URI.js'
import { identifier, type Randomness } from '../clock.ts'
import type { SipConnection } from './connection.ts'
import type { WireRequest } from './wire.ts'

type Kind = Transaction['type']

export interface ClientHappenings {
  onReceiveResponse(response: IncomingResponse): void
  onRequestTimeout(): void
  onTransportError(): void
}

export interface SipTransactions {
  /** `undefined`: it is no SIP. @throws what the library throws at malformed URIs. */
  parse(text: string): IncomingRequest | IncomingResponse | undefined
  /** True: it belongs to a transaction, and that has dealt with it. */
  takes(request: IncomingRequest): boolean
  serve(request: IncomingRequest, connection: SipConnection): void
  /** A response goes to the request that it answers. */
  respond(response: IncomingResponse): void
  send(request: WireRequest, happenings: ClientHappenings): Transaction
  /** Whoever waits for an answer over the connection that broke is told now, not after half a minute. */
  connectionLost(): void
}

export function createSipTransactions(
  via: string,
  domain: string,
  core: SipConnection,
  random: Randomness,
): SipTransactions {
  // Without a prototype: a branch is the sender's choice, and `__proto__` one of them.
  const none = (): Record<string, Transaction> => Object.create(null) as Record<string, Transaction>
  const running: Record<Kind, Record<string, Transaction>> = { nict: none(), nist: none(), ict: none(), ist: none() }
  const configuration = {
    via_host: via,
    uri: uri.parse(`sip:deferred@${domain}`),
    user_agent: 'cpm-xdms',
    session_timers: false,
    password: null,
    ha1: null,
  }
  const agent = {
    _transactions: running,
    configuration,
    _configuration: configuration,
    contact: {},
    transport: core,
    newTransaction(transaction: Transaction): void {
      if (transaction.type === 'nict' || transaction.type === 'ict') {
        // The library's own branches are seven digits: of a thousand on their way two would be the same.
        transaction.id = `z9hG4bK${identifier(random)}`
        transaction.request.setHeader('Via', `SIP/2.0/${core.via_transport} ${via};branch=${transaction.id}`)
      }
      running[transaction.type][transaction.id] = transaction
    },
    destroyTransaction(transaction: Transaction): void {
      delete running[transaction.type][transaction.id]
    },
  }
  return {
    parse: (text) => parser.parseMessage(text, agent),
    takes: (request) => transactions.checkTransaction(agent, request),
    serve(request, connection) {
      const Server =
        request.method === 'INVITE' ? transactions.InviteServerTransaction : transactions.NonInviteServerTransaction
      new Server(agent, connection, request)
    },
    respond(response) {
      // RFC 3261 §8.1.3.3: a response with more than one Via is somebody else's.
      if (response.getHeaders('via').length !== 1 || response.via_branch === null) return
      running[response.method === 'INVITE' ? 'ict' : 'nict'][response.via_branch]?.receiveResponse(response)
    },
    send(request, happenings) {
      const Client =
        request.method === 'INVITE'
          ? transactions.InviteClientTransaction
          : request.method === 'ACK'
            ? transactions.AckClientTransaction
            : transactions.NonInviteClientTransaction
      const transaction = new Client(agent, core, request, happenings)
      transaction.send()
      return transaction
    },
    connectionLost() {
      for (const kind of ['nict', 'ict'] as const)
        for (const transaction of Object.values(running[kind])) transaction.onTransportError()
    },
  }
}
