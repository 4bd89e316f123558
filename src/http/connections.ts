/**
 * The open connections, and on each one request at a time (RFC 9112 §9.3.2: the answers have the order of the
 * requests). The next one begins when the answer before it is out, so that who takes no answers has one of them waiting
 * and no more.
 */
import type { Socket } from 'node:net'
import { beginInRound } from '../rounds.ts'

interface Connection {
  /** Told to end: behind the answer that says so no request is processed (RFC 9112 §9.6). */
  ending: boolean
  /** Requests that were sent ahead of answers. */
  readonly waiting: (() => void)[]
}

export class HttpConnections {
  private readonly open = new Map<Socket, Connection>()
  private readonly aheadAtMost: number
  /** Those with a request that was taken and whose answer is not out. */
  private readonly busy = new Set<Connection>()
  /** Those that are idle end. */
  private ending = false
  private closed: () => void = () => undefined

  constructor(aheadAtMost: number) {
    this.aheadAtMost = aheadAtMost
  }

  opened(socket: Socket): void {
    const connection = { ending: false, waiting: [] }
    this.open.set(socket, connection)
    socket.once('close', () => {
      this.open.delete(socket)
      this.busy.delete(connection)
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
    if (!this.busy.has(connection)) {
      this.busy.add(connection)
      beginInRound(start)
    } else if (connection.waiting.length >= this.aheadAtMost) {
      // Who sends so many ahead does not wait for answers. The requests are lost with the connection, and the client
      // knows which.
      socket.destroy()
      return false
    } else connection.waiting.push(start)
    return true
  }

  /** The answer is out. */
  answered(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection === undefined) return
    this.busy.delete(connection)
    if (connection.ending || socket.destroyed) return
    const next = connection.waiting.shift()
    if (next === undefined) {
      if (this.ending) this.endIfIdle(socket)
      return
    }
    this.busy.add(connection)
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
    return this.busy.size > 0
  }

  /** From now on `look` is called when one has closed. */
  onClosed(look: () => void): void {
    this.closed = look
  }

  /** Closes it behind what is still being sent on it. */
  private endIfIdle(socket: Socket): void {
    const connection = this.open.get(socket)
    if (connection !== undefined && !this.busy.has(connection) && connection.waiting.length === 0) socket.destroySoon()
  }

  /** Those that are idle, now or later. */
  endIdle(): void {
    this.ending = true
    for (const socket of this.open.keys()) this.endIfIdle(socket)
  }
}
