/** The door to node's http server, plain and over TLS. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import type { HttpLimits } from './settings.ts'

export type Request = IncomingMessage & { url: string; method: string }
export type Response = ServerResponse

/** A server whose requests all go to `handle`. */
export function createHttpServer(
  limits: HttpLimits,
  handle: (req: Request, res: Response) => void,
  tls?: SecureContextOptions,
): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: 500,
    noDelay: true,
    // RFC 9325 has no word on it; what is no handshake by then is a slow-header attack.
    handshakeTimeout: limits.headersTimeout,
    // A client without a certificate, or with a wrong one, may still say who he is in another way.
    ...(tls?.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false }),
  }
  // A request that a server has read has both.
  const listener = (req: IncomingMessage, res: ServerResponse): void => handle(req as Request, res)
  const server = tls === undefined ? createServer(options, listener) : createTlsServer({ ...options, ...tls }, listener)
  // Node drops header fields beyond a number in silence; `request-limits.ts` counts them and refuses.
  server.maxHeadersCount = 0
  return server
}
