/**
 * TLS with peers that are no clients of HTTP: the certificate that HTTP shows stands for this server here, too, on both
 * sides of a connection. Its files are looked at for each connection, so a renewal needs no restart.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP, type Socket } from 'node:net'
import { createServer, type ConnectionOptions, type Server, type TlsOptions } from 'node:tls'

export interface TlsIdentityFiles {
  /** In PEM, like the others. */
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The authorities that certify far ends; `undefined`: those that every client of this platform believes. */
  readonly authorities: string | undefined
}

export interface TlsIdentity {
  /** RFC 5922 §7.2: the far end must be whom we mean to reach. @throws Error: a file cannot be read. */
  asClient(host: string): ConnectionOptions
  /** @throws Error: this server has no certificate, or it cannot be read. */
  asServer(who: Connecting): TlsOptions
  /** SHA-256 of our certificate, in pairs of digits (RFC 8122 §5). @throws Error as `asServer` */
  fingerprint(): string
}

/** Who may connect: anybody, or where authorities are named whoever shows a certificate of theirs. */
export type Connecting = 'anybody' | 'certified'

/** Whoever connects and then says nothing. */
const HANDSHAKE_MS = 10_000

export function createTlsIdentity({ cert, key, authorities }: TlsIdentityFiles): TlsIdentity {
  const own = (): { readonly cert?: Buffer; readonly key?: Buffer } =>
    cert === undefined || key === undefined ? {} : { cert: readFileSync(cert), key: readFileSync(key) }
  const certified = (): { readonly cert: Buffer; readonly key?: Buffer } => {
    const { cert: shown, ...rest } = own()
    if (shown === undefined) throw new Error('TLS needs a certificate: XDMS_TLS_CERT and XDMS_TLS_KEY.')
    return { cert: shown, ...rest }
  }
  const trusted = (): { readonly ca?: Buffer } => (authorities === undefined ? {} : { ca: readFileSync(authorities) })
  // RFC 9325 §3.1.1: TLS 1.0 and 1.1 must not be negotiated.
  const minVersion = 'TLSv1.2'
  return {
    asClient: (host) => ({
      ...own(),
      ...trusted(),
      minVersion,
      // RFC 6066 §3: a server name is no address.
      ...(isIP(host) === 0 ? { servername: host } : {}),
    }),
    asServer(who) {
      const { ca } = who === 'certified' ? trusted() : {}
      return { ...certified(), minVersion, ...(ca && { ca, requestCert: true, rejectUnauthorized: true }) }
    },
    fingerprint: () => new X509Certificate(certified().cert).fingerprint256,
  }
}

export interface SecureConnections {
  /** Before the handshake, so that a stranger gets no work out of us. False: it has been dealt with. */
  accepts(socket: Socket): boolean
  secured(socket: Socket): void
  failed(error: Error): void
}

/** @throws Error as `asServer` */
export function createSecureServer(
  identity: TlsIdentity,
  who: Connecting,
  { accepts, secured, failed }: SecureConnections,
): Server {
  let current = identity.asServer(who)
  const server = createServer({ ...current, handshakeTimeout: HANDSHAKE_MS }, secured)
  server.prependListener('connection', (socket: Socket) => {
    if (!accepts(socket)) return
    try {
      const now = identity.asServer(who)
      if (textOf(now) !== textOf(current)) server.setSecureContext(now)
      current = now
    } catch (error) {
      // Half written, they do not fit yet: the certificate before them stays.
      failed(error as Error)
    }
  })
  server.on('tlsClientError', failed)
  return server
}

function textOf({ cert, key, ca }: TlsOptions): string {
  return [cert, key, ca].map(String).join('\n')
}
