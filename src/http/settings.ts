/** What this room lets itself be told, and what it bears. `config.ts` gives the values, each with its reason. */
import type { Realms } from '../access/realms.ts'

export interface HttpSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /**
   * Where `/healthz`, `/readyz` and `/metrics` are; both missing: the same listener while that is loopback, else
   * 127.0.0.1:8081.
   */
  readonly adminHost: string | undefined
  readonly adminPort: number | undefined
  /** The listener of those whose word on who asks is taken; `undefined`: there is none. */
  readonly trusted: { readonly host: string; readonly port: number } | undefined
  /** `undefined`: plain HTTP. The listener of what asks for no password has none of its own. */
  readonly tls: TlsFiles | undefined
  /** Path of the XCAP root, without a slash at its end. */
  readonly root: string
  /** Whose users log in here, and where bare user names belong. */
  readonly realms: Realms
  /** `documents`: an XDMS alone; `messages`: a participating function alone, whose users' documents are elsewhere. */
  readonly serves: 'all' | 'documents' | 'messages'
  readonly limits: HttpLimits
}

/** Names of files in PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  /** Authorities of client certificates; `undefined`: none is asked for. */
  readonly clientCa: string | undefined
}

export interface HttpLimits {
  /** Bytes of a request target (414). */
  readonly targetBytes: number
  /** Header fields of a request (431): never dropped, the next one could be If-Match. */
  readonly headers: number
  /** Bytes of all header fields (431). */
  readonly headerBytes: number
  /** Milliseconds for the header fields to arrive (408). */
  readonly headersTimeout: number
  /** Milliseconds for the whole request to arrive (408). */
  readonly requestTimeout: number
  /** Milliseconds that an idle connection is kept. */
  readonly keepAliveTimeout: number
  /** Requests at once, event streams not counted (503). */
  readonly requestsInFlight: number
  /** Of those, worked on at once while the event loop has no time to spare (503). */
  readonly requestsWhenBusy: number
  /** Milliseconds that who comes again before his Retry-After is over waits for the next 503. */
  readonly earlyRetry: number
  /** The same of one user (429). */
  readonly requestsOfUser: number
  /** Logins of browsers at once (503). */
  readonly logins: number
  /** The same from one address (429). */
  readonly loginsOfAddress: number
  /** Requests of a connection ahead of their answers; with more it is cut. */
  readonly requestsAhead: number
  /** Milliseconds in which an answer must be taken, and more for a long one; then its connection is cut. */
  readonly answerTimeout: number
  /** Bytes of all bodies being read or worked on (503). */
  readonly bodyBytesInFlight: number
  /** The same of one user (429). */
  readonly bodyBytesOfUser: number
  /** Bytes of a JSON body that is no message (413). */
  readonly jsonBytes: number
  /** Bytes of the lines of accounts of one import (413). */
  readonly importBytes: number
  /** Objects and arrays inside each other in a JSON body (400). */
  readonly jsonDepth: number
  /** Members of all objects and arrays of a JSON body together (400). */
  readonly jsonMembers: number
  /** Bytes of a message's body, decoded (413). */
  readonly messageBytes: number
  /** Event streams at once (503). */
  readonly streams: number
  /** The same of one user (429). */
  readonly streamsOfUser: number
  /** Bytes that all open inboxes together may be behind, and those of one user. */
  readonly backlogBytes: number
  readonly backlogBytesOfUser: number
  /** Bytes that an open inbox may be behind before it is closed; what it missed is offered again. */
  readonly inboxBacklogBytes: number
  /** Milliseconds between two signs of life of an event stream. */
  readonly quietEvery: number
  /** Milliseconds between two counts of what waits, for the figures. */
  readonly censusEvery: number
  /** Milliseconds that begun requests get when the server ends. */
  readonly drain: number
  /** Milliseconds of these that an idle connection waits for its last request. */
  readonly lameDuck: number
}
