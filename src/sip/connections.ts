/**
 * The one connection to the core, made again whenever it breaks, and those that the core opens to us. Nobody else is
 * listened to: who a request comes from says the core alone, so whoever could connect could be anybody.
 */
import { lookup } from 'node:dns/promises'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { createAlarm, type Clock } from '../clock.ts'
import { SipFrames, type SipFrame } from './framing.ts'
import type { SipSettings } from './settings.ts'

export interface SipLog {
  info(fields: object, text: string): void
  warn(fields: object, text: string): void
  error(fields: object, text: string): void
}

/** In the shape that transactions of the library write to. */
export interface SipConnection {
  readonly via_transport: 'TCP' | 'TLS'
  /** Characters are bytes. False: there is no connection. */
  send(message: string | { toString(): string }): boolean
}

export interface Connections {
  /** Sends to the core over whichever connection there is at that moment. */
  readonly core: SipConnection
  isOpen(): boolean
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ConnectionEvents {
  received(frame: SipFrame, from: SipConnection): void
  opened(): void
  lost(): void
}

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 8_000
/** A core that was cut off without a word is noticed. */
const KEEP_ALIVE_MS = 20_000
/** What a peer does not read piles up here; then it is gone. */
const BACKLOG_BYTES_AT_MOST = 8_388_608
const CONNECTIONS_AT_MOST = 64

export function createConnections(
  { core, host, port, limits }: SipSettings,
  { clock, log }: { readonly clock: Clock; readonly log: SipLog },
  events: ConnectionEvents,
): Connections {
  const viaTransport = core.transport === 'tls' ? 'TLS' : 'TCP'
  const open = new Set<Socket>()
  let addresses = new Set<string>()
  let toCore: Socket | undefined
  let server: Server | undefined
  let wait = FIRST_RETRY_MS
  let isStopped = false

  const attach = (socket: Socket): SipConnection => {
    const frames = new SipFrames(limits.messageBytes)
    const connection = connectionOf(socket, viaTransport)
    open.add(socket)
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('error', (error) => log.warn({ err: error }, 'a SIP connection broke'))
    socket.on('close', () => open.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) events.received(frame, connection)
      } catch (error) {
        log.warn({ err: error }, 'what came over a SIP connection is no SIP, so it is closed')
        socket.destroy()
      }
    })
    return connection
  }

  const again = createAlarm(clock, () => connectToCore())
  const connectToCore = (): void => {
    if (isStopped) return
    void resolved(core.host).then((found) => {
      if (found.size > 0) addresses = found
    })
    const target = { host: core.host, port: core.port, localAddress: host }
    const socket = core.transport === 'tls' ? connectTls({ ...target, servername: core.host }) : connectTcp(target)
    attach(socket)
    socket.once(core.transport === 'tls' ? 'secureConnect' : 'connect', () => {
      toCore = socket
      wait = FIRST_RETRY_MS
      log.info({ core: `${core.host}:${core.port}` }, 'connected to the SIP core')
      events.opened()
    })
    socket.once('close', () => {
      const wasOpen = toCore === socket
      if (wasOpen) toCore = undefined
      if (isStopped) return
      if (wasOpen) events.lost()
      again.set(clock.now() + wait)
      wait = Math.min(wait * 2, LONGEST_RETRY_MS)
    })
  }

  const accept = (socket: Socket): void => {
    if (addresses.has(plain(socket.remoteAddress)) && open.size < CONNECTIONS_AT_MOST) {
      attach(socket)
      return
    }
    log.warn({ from: socket.remoteAddress }, 'a SIP connection that is not the core’s was refused')
    socket.destroy()
  }

  return {
    core: {
      via_transport: viaTransport,
      send: (message) => toCore !== undefined && connectionOf(toCore, viaTransport).send(message),
    },
    isOpen: () => toCore !== undefined,
    async start() {
      addresses = await resolved(core.host)
      server = createServer(accept)
      await listening(server, host, port)
      connectToCore()
    },
    async stop() {
      isStopped = true
      again.callOff()
      for (const socket of open) socket.destroy()
      const closing = server
      if (closing?.listening === true) await new Promise((resolve) => closing.close(resolve))
    },
  }
}

function connectionOf(socket: Socket, viaTransport: 'TCP' | 'TLS'): SipConnection {
  return {
    via_transport: viaTransport,
    send(message) {
      if (!socket.writable) return false
      if (socket.writableLength > BACKLOG_BYTES_AT_MOST) {
        socket.destroy()
        return false
      }
      socket.write(Buffer.from(String(message), 'latin1'))
      return true
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

async function listening(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}
