/** The door to node's http server, and to express. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import express from 'express'
import type { SecureContextOptions } from 'node:tls'
import type { HttpLimits } from './settings.ts'

export type Request = IncomingMessage & { url: string; method: string }
export type Response = ServerResponse

/**
 * A server whose requests all go to `handle`. Express routes those of the REST side (`rest.ts`); its application would
 * switch the prototype of every request and response, and look at XCAP targets that it knows nothing about.
 */
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

export interface Router {
  /** @param path `/api/users/:xui`. */
  add(path: string, take: (req: Request, params: Readonly<Record<string, string>>) => void): void
  /** @param otherwise is called where nothing was added under this path, or the router cannot read it. */
  route(req: Request, res: Response, otherwise: (error?: unknown) => void): void
}

/** Express' router. Paths match as they are written: case counts, and so does a slash at the end. */
export function createRouter(): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  return {
    add: (path, take) =>
      void router.all(path, (req) => take(req as unknown as Request, req.params as Record<string, string>)),
    // It needs no more of a request than node's own has.
    route: (req, res, otherwise) => router(req as express.Request, res as express.Response, otherwise),
  }
}
