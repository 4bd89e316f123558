/** Opens the listeners, and closes them. */
import type { Server } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { RequestHandler } from './request-handler.ts'
import type { HttpRooms } from './rooms.ts'
import type { HttpSettings } from './settings.ts'
import { readTls, renewTls } from './tls.ts'

export interface Listening {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  readonly adminUrl: string
  /** Of the listener where asserted identities count. */
  readonly trustedUrl: string | undefined
  /**
   * Takes no more connections, ends the event streams, lets begun requests finish; resolves within the drain time and a
   * little.
   */
  close(): Promise<void>
}

/** Resolves when requests are served. Rejects with what to do where the address cannot be had. */
export async function listen(rooms: HttpRooms, settings: HttpSettings): Promise<Listening> {
  const admin = adminAddress(settings)
  const { tls, trusted } = settings
  const scheme = tls === undefined ? 'http' : 'https'
  // First: who cannot have these leaves nothing behind that keeps the process.
  const context = tls && readTls(tls)
  const handler = new RequestHandler(rooms, settings)
  const main = handler.serverFor({ public: true, admin: admin === 'same', trusted: false }, context)
  const own = handler.serverFor({ public: false, admin: true, trusted: false })
  const ofTrusted = handler.serverFor({ public: true, admin: false, trusted: true }, context)
  const stops =
    tls === undefined
      ? []
      : [main, ofTrusted].map((server) => renewTls(server as TlsServer, tls, rooms.clock, rooms.log))
  const close = (): Promise<void> => {
    stops.forEach((stop) => stop())
    return handler.drain([main, own, ofTrusted])
  }
  try {
    const url = await bind(main, scheme, settings.host, settings.port, 'XDMS_HOST, XDMS_PORT')
    const adminUrl =
      admin === 'same' ? url : await bind(own, 'http', admin.host, admin.port, 'XDMS_ADMIN_HOST, XDMS_ADMIN_PORT')
    const trustedUrl =
      trusted && (await bind(ofTrusted, scheme, trusted.host, trusted.port, 'XDMS_TRUSTED_HOST, XDMS_TRUSTED_PORT'))
    return { url, adminUrl, trustedUrl, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What asks for no password is for this machine: the same listener while that is loopback, else one of its own. */
function adminAddress({
  host,
  port,
  adminHost,
  adminPort,
}: HttpSettings): 'same' | { readonly host: string; readonly port: number } {
  if (adminHost === undefined && adminPort === undefined && isLoopback(host)) return 'same'
  const own = { host: adminHost ?? '127.0.0.1', port: adminPort ?? 8081 }
  return own.host === host && own.port === port && port !== 0 ? 'same' : own
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** What the system calls it, and what an operator can do about it. */
const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'there is no such host',
}

/** @returns the address as a URL. */
function bind(server: Server, scheme: string, host: string, port: number, settings: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const reason = WORDS[error.code ?? ''] ?? error.message
      reject(
        new Error(`Cannot listen on ${host}:${port}: ${reason}. Where to listen is a setting (${settings}).`, {
          cause: error,
        }),
      )
    }
    server.once('error', refuse)
    server.listen(port, host, () => {
      server.off('error', refuse)
      const at = server.address() as AddressInfo
      resolve(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${at.port}`)
    })
  })
}
