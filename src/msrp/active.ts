/** The active side of a connection (RFC 6135 §4.2): we connect to the far end, or to its relay. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import type { TlsIdentity } from '../tls-identity.ts'
import { channelOf, type OpenChannels } from './connection.ts'
import type { MsrpChannel, MsrpSession } from './session.ts'
import type { MsrpUri } from './uri.ts'

/** Makes the session once there is a connection for it. */
export type SessionOf = (channel: MsrpChannel) => MsrpSession

export interface FarEnd {
  readonly uri: MsrpUri
  /** SHA-256 of its certificate, as its description says (RFC 4975 §14.4); `undefined`: an authority vouches for it. */
  readonly fingerprint: string | undefined
}

const CONNECT_MS = 10_000
/** A port below is some other service’s: what a device says must not make us knock there. */
const LOWEST_PORT = 1024

/** Resolves with the session once it is connected. @throws Error: the far end cannot be reached, or is another one. */
export function connectTo(
  { uri, fingerprint }: FarEnd,
  sessionOf: SessionOf,
  rooms: { readonly host: string; readonly clock: Clock; readonly tls: TlsIdentity; readonly open: OpenChannels },
): Promise<MsrpSession> {
  const { host, clock, tls, open } = rooms
  return new Promise((resolve, reject) => {
    if (uri.port < LOWEST_PORT) throw new Error(`Port ${uri.port} is none of a device.`)
    const target = { host: uri.host, port: uri.port, localAddress: host }
    const trust = fingerprint === undefined ? {} : { rejectUnauthorized: false }
    const socket = uri.secure ? connectTls({ ...target, ...tls.asClient(uri.host), ...trust }) : connectTcp(target)
    const callOff = clock.at(clock.now() + CONNECT_MS, () => socket.destroy())
    let session: MsrpSession | undefined
    open.follow(
      socket,
      (frame) => session?.frame(frame),
      () => {
        callOff()
        session?.closed()
        reject(new Error(`${uri.host}:${uri.port} cannot be reached.`))
      },
    )
    socket.once(uri.secure ? 'secureConnect' : 'connect', () => {
      callOff()
      // RFC 4975 §14.4: a certificate that the description does not name "MUST" end the connection.
      if (fingerprint !== undefined && fingerprintOf(socket) !== fingerprint) {
        reject(new Error(`${uri.host}:${uri.port} shows another certificate than its description names.`))
        socket.destroy()
        return
      }
      session = sessionOf(channelOf(socket))
      resolve(session)
    })
  })
}

function fingerprintOf(socket: Socket): string | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined
}
