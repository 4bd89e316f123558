/** One connection of SIP: what comes over it is cut into messages, what does not get away ends it. */
import type { Socket } from 'node:net'
import { SipFrames, type SipFrame } from './framing.ts'

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

export type Received = (frame: SipFrame, from: SipConnection) => void

/** A core that was cut off without a word is noticed. */
const KEEP_ALIVE_MS = 20_000
/** What a peer does not read piles up here; then it is gone. */
const BACKLOG_BYTES_AT_MOST = 8_388_608

/** The sockets that are open, each followed until it closes. */
export class OpenSockets {
  readonly #open = new Set<Socket>()
  readonly #viaTransport: 'TCP' | 'TLS'
  readonly #bodyAtMost: number
  readonly #log: SipLog
  readonly #received: Received

  constructor(viaTransport: 'TCP' | 'TLS', bodyAtMost: number, log: SipLog, received: Received) {
    this.#viaTransport = viaTransport
    this.#bodyAtMost = bodyAtMost
    this.#log = log
    this.#received = received
  }

  get size(): number {
    return this.#open.size
  }

  follow(socket: Socket): SipConnection {
    const frames = new SipFrames(this.#bodyAtMost)
    const connection = connectionOf(socket, this.#viaTransport)
    this.#open.add(socket)
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('error', (error) => this.#log.warn({ err: error }, 'a SIP connection broke'))
    socket.on('close', () => this.#open.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) this.#received(frame, connection)
      } catch (error) {
        this.#log.warn({ err: error }, 'what came over a SIP connection is no SIP, so it is closed')
        socket.destroy()
      }
    })
    return connection
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy()
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
