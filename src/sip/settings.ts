import type { TlsIdentityFiles } from '../tls-identity.ts'

/** What the SIP side is told at the start. */
export interface SipSettings {
  readonly core: CoreAddress
  /** Where the core reaches us, and from where we connect to it. */
  readonly host: string
  readonly port: number
  /** Of the users' addresses of record. */
  readonly domain: string
  /** How the core says who registered: by REGISTERs of its own, or when it is asked (RFC 3680). */
  readonly registrations: 'third-party' | 'reg-event'
  /** Where devices connect to us for a session. */
  readonly msrpPort: number
  /** The URI of the relay through which all sessions go. */
  readonly relay: string | undefined
  /** Milliseconds without a sign of life after which another server takes over. */
  readonly leaseFor: number
  /** Whether devices connect over TLS (`msrps`). */
  readonly msrpSecure: boolean
  readonly tls: TlsIdentityFiles
  /** The XCAP root as watchers reach it, and its path here. */
  readonly xcapRoot: { readonly uri: string; readonly path: string }
  readonly limits: SipLimits
}

export interface CoreAddress {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'tls'
}

export interface SipLimits {
  /** Of the body of one request (413). */
  readonly messageBytes: number
  /** Requests being worked on (503), in all and from one sender. */
  readonly requestsInFlight: number
  readonly requestsOfUser: number
  /** Of callers with devices of ours (503), in all and of one who is called. */
  readonly sessions: number
  readonly sessionsOfUser: number
  /** To documents (503), in all and of one user. */
  readonly subscriptions: number
  readonly subscriptionsOfUser: number
  /** Milliseconds until an INVITE of ours that rings is given up. */
  readonly inviteFor: number
}
