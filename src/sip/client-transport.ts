/** The one connection to the core, made again whenever it breaks (RFC 3261 §18.1). */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createAlarm, type Clock } from '../clock.ts'
import type { TlsIdentity } from '../tls-identity.ts'
import type { OpenSockets, SipConnection, SipLog } from './connection.ts'
import type { SipSettings } from './settings.ts'

export interface ClientTransport {
  /** Sends over whichever connection there is at that moment. */
  readonly core: SipConnection
  isOpen(): boolean
  connect(): void
  /** The core is there: whoever waits to try again does so now. */
  hurry(): void
  stop(): void
}

export interface ClientTransportRooms {
  readonly clock: Clock
  readonly log: SipLog
  readonly tls: TlsIdentity
}

interface ClientTransportEvents {
  connecting(): void
  opened(): void
  lost(): void
}

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 8_000

export function createClientTransport(
  { core, host }: Pick<SipSettings, 'core' | 'host'>,
  { clock, log, tls }: ClientTransportRooms,
  sockets: OpenSockets,
  events: ClientTransportEvents,
): ClientTransport {
  const isSecure = core.transport === 'tls'
  let toCore: { readonly socket: Socket; readonly connection: SipConnection } | undefined
  let wait = FIRST_RETRY_MS
  let isStopped = false
  let isTrying = false

  const again = createAlarm(clock, () => connect())
  const connect = (): void => {
    if (isStopped) return
    isTrying = true
    events.connecting()
    const target = { host: core.host, port: core.port, localAddress: host }
    const socket = isSecure ? connectTls({ ...target, ...tls.asClient(core.host) }) : connectTcp(target)
    const connection = sockets.follow(socket)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      toCore = { socket, connection }
      wait = FIRST_RETRY_MS
      log.info({ core: `${core.host}:${core.port}` }, 'connected to the SIP core')
      events.opened()
    })
    socket.once('close', () => {
      const wasOpen = toCore?.socket === socket
      if (wasOpen) toCore = undefined
      isTrying = false
      if (isStopped) return
      if (wasOpen) events.lost()
      again.set(clock.now() + wait)
      wait = Math.min(wait * 2, LONGEST_RETRY_MS)
    })
  }

  return {
    core: {
      via_transport: isSecure ? 'TLS' : 'TCP',
      send: (message) => toCore?.connection.send(message) ?? false,
    },
    isOpen: () => toCore !== undefined,
    connect,
    hurry() {
      if (!isTrying && !isStopped) again.set(clock.now())
    },
    stop() {
      isStopped = true
      again.callOff()
    },
  }
}
