/**
 * The open connections, and on each one request at a time (RFC 9112 §9.3.2: the answers have the order of the
 * requests). The next one begins when the answer before it is out, so that who takes no answers has one of them waiting
 * and no more.
 */
import type { Socket } from 'node:net'
import { beginInRound } from '../rounds.ts'
import type { Exchange } from './exchange.ts'

/** What is known of an answer while it is on its way. */
type OnItsWay = Pick<Exchange, 'res' | 'answeredAt'>

interface Connection {
  /** Told to end: behind the answer that says so no request is processed (RFC 9112 §9.6). */
  ending: boolean
  /** True while there is a request that was taken and whose answer is not out. */
  busy: boolean
  /**
   * Of that request, once it has begun. It stands here and in no set of its own: V8 makes the table of a set anew after
   * so many that came and went, and in the old one all stay for longer that were on their way then.
   */
  exchange: OnItsWay | undefined
  /** Requests that were sent ahead of answers. */
  readonly waiting: (() => void)[]
}

export class HttpConnections {
  private readonly open = new Map<Socket, Connection>()
  private readonly aheadAtMost: number
  /** Those that are idle end. */
  private ending = false
  private closed: () => void = () => undefined

  constructor(aheadAtMost: number) {
    this.aheadAtMost = aheadAtMost
  }

  opened(socket: Socket): void {
    const connection = { ending: false, busy: false, exchange: undefined, waiting: [] }
    this.open.set(socket, connection)
    socket.once('close', () => {
      this.open.delete(socket)
      this.closed()
    })
  }

  /**
   * Begins the request when its turn comes: behind the answer before it, and together with all that one poll of the
   * event loop reads, so that what is asked of the store is asked once for them.
   * @returns false where the client sent too many ahead, and was cut.
   */
  begin(socket: Socket, start: () => void): boolean {
    const connection = this.open.get(socket)
    if (connection === undefined || connection.ending) return true
    if (!connection.busy) {
      connection.busy = true
      beginInRound(start)
    } else if (connection.waiting.length >= this.aheadAtMost) {
      // Who sends so many ahead does not wait for answers. The requests are lost with the connection, and the client
      // knows which.
      socket.destroy()
      return false
    } else connection.waiting.push(start)
    return true
  }

  /** The request of this connection whose turn it is has begun. */
  begun(socket: Socket, exchange: OnItsWay): void {
    const connection = this.open.get(socket)
    if (connection !== undefined) connection.exchange = exchange
  }

  /** Of all requests that have begun and whose answers are not out; open streams are among them. */
  *onTheirWay(): Iterable<OnItsWay> {
    for (const { exchange } of this.open.values()) if (exchange !== undefined) yield exchange
  }

  /** The answer is out, or the far end is gone. */
  answered(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection === undefined) return
    connection.busy = false
    connection.exchange = undefined
    if (connection.ending || socket.destroyed) return
    const next = connection.waiting.shift()
    if (next === undefined) {
      if (this.ending) this.endIfIdle(socket)
      return
    }
    connection.busy = true
    beginInRound(next)
  }

  end(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection === undefined) return
    connection.ending = true
    connection.waiting.length = 0
  }

  /** Nothing was sent behind the request that is being answered. */
  isLast(socket: Socket): boolean {
    return this.open.get(socket)?.waiting.length === 0
  }

  count(): number {
    return this.open.size
  }

  isAnswering(): boolean {
    return [...this.open.values()].some(({ busy }) => busy)
  }

  /** From now on `look` is called when one has closed. */
  onClosed(look: () => void): void {
    this.closed = look
  }

  /** Closes it behind what is still being sent on it. */
  private endIfIdle(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection !== undefined && !connection.busy && connection.waiting.length === 0) socket.destroySoon()
  }

  /** Those that are idle, now or later. */
  endIdle(): void {
    this.ending = true
    for (const socket of this.open.keys()) this.endIfIdle(socket)
  }
}
