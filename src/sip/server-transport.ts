/**
 * The connections that the core opens to us (RFC 3261 §18.2). Nobody else is listened to: who a request comes from says
 * the core alone, so whoever could connect could be anybody.
 */
import { lookup } from 'node:dns/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureServer, type TlsIdentity } from '../tls-identity.ts'
import type { OpenSockets, SipLog } from './connection.ts'
import type { SipSettings } from './settings.ts'

export interface ServerTransport {
  /** Looks up again which addresses the core has. */
  resolve(): Promise<void>
  /** @throws where it cannot listen. */
  listen(): Promise<void>
  stop(): Promise<void>
}

const CONNECTIONS_AT_MOST = 64

export function createServerTransport(
  { core, host, port }: Pick<SipSettings, 'core' | 'host' | 'port'>,
  { log, tls }: { readonly log: SipLog; readonly tls: TlsIdentity },
  sockets: OpenSockets,
  /** The core has connected. */
  connected: () => void,
): ServerTransport {
  let addresses = new Set<string>()
  let server: Server | undefined

  const accepts = (socket: Socket): boolean => {
    if (addresses.has(plain(socket.remoteAddress)) && sockets.size < CONNECTIONS_AT_MOST) return true
    log.warn({ from: socket.remoteAddress }, 'a SIP connection that is not the core’s was refused')
    socket.destroy()
    return false
  }
  const follow = (socket: Socket): void => {
    sockets.follow(socket)
    connected()
  }
  const created = (): Server =>
    core.transport === 'tls'
      ? createSecureServer(tls, 'certified', {
          accepts,
          secured: follow,
          failed: (error) => log.warn({ err: error }, 'a SIP connection over TLS could not be set up'),
        })
      : createServer((socket) => {
          if (accepts(socket)) follow(socket)
        })

  return {
    async resolve() {
      const found = await resolved(core.host)
      if (found.size > 0) addresses = found
    },
    async listen() {
      addresses = await resolved(core.host)
      const listening = created()
      server = listening
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject)
        listening.listen(port, host, () => resolve())
      })
    },
    async stop() {
      const closing = server
      if (closing?.listening === true) await new Promise((resolve) => closing.close(resolve))
    },
  }
}

/** An IPv4 address as it is, also where the socket shows it as IPv6. */
function plain(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

async function resolved(host: string): Promise<Set<string>> {
  const found = await lookup(host, { all: true }).catch(() => [])
  return new Set(found.map(({ address }) => plain(address)))
}
