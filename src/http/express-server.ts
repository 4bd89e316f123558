/** The door to express and to node's http server. */
import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import express from 'express'
import type { SecureContextOptions } from 'node:tls'
import type { HttpLimits } from './settings.ts'

export type Request = express.Request
export type Response = express.Response

/**
 * A server whose requests all go to `handle`, by way of express.
 *
 * Express switches the prototype of every request and response to its own, which makes V8 give up on both objects: a
 * request costs three times as much from then on. So node is told to make objects that have express' prototypes from
 * the start; the switch finds nothing to do.
 */
export function createExpressServer(
  limits: HttpLimits,
  handle: (req: Request, res: Response) => void,
  tls?: SecureContextOptions,
): Server {
  const app = express()
  app.set('etag', false)
  app.set('x-powered-by', false)
  app.set('query parser', false)

  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse<AppRequest> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request)
  Object.setPrototypeOf(AppResponse.prototype, app.response)
  app.request = AppRequest.prototype as unknown as express.Request
  app.response = AppResponse.prototype as unknown as express.Response
  app.use(handle)

  const options = {
    IncomingMessage: AppRequest,
    ServerResponse: AppResponse,
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
  const server = tls === undefined ? createServer(options, app) : createTlsServer({ ...options, ...tls }, app)
  // Node drops header fields beyond a number in silence; `request-limits.ts` counts them and refuses.
  server.maxHeadersCount = 0
  return server
}

/** Paths match as they are written: case counts, and so does a slash at the end. */
export function createRouter(): express.Router {
  return express.Router({ caseSensitive: true, strict: true })
}
