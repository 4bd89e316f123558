/** From a request whose headers were read to the last byte of its answer: the one way that all of them go. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { stopwatch } from '../clock.ts'
import { Refused } from '../refusal.ts'
import { logRequest } from './access-log.ts'
import { ADMIN_PATHS, answerAdmin } from './admin.ts'
import { writeAnswer } from './answer.ts'
import { refuseUnreadable } from './client-error.ts'
import type { EventStream } from './event-stream.ts'
import type { Answer, Exchange } from './exchange.ts'
import { createExpressServer, type Request, type Response } from './express-server.ts'
import { admit } from './gate.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { answerTo, OUR_FAULT, problemAnswer, type Dialect } from './problem.ts'
import { createRest, type Rest } from './rest.ts'
import type { HttpRooms } from './rooms.ts'
import type { Doors } from './route.ts'
import type { HttpSettings } from './settings.ts'
import { createStanding } from './standing.ts'
import { answerXcap } from './xcap.ts'

/** Signs of life that the far end of a stream may leave untaken. */
const SILENT_AT_MOST = 4

/** Which resources a listener has. */
export interface Reach {
  readonly public: boolean
  readonly admin: boolean
}

export class Desk {
  private readonly rooms: HttpRooms
  private readonly settings: HttpSettings
  private readonly doors: Doors
  private readonly rest: Rest
  private readonly metrics: Metrics
  /** Until the answer is out, or the far end is gone; open streams are among them. */
  private readonly exchanges = new Set<Exchange>()
  private readonly streams = new Set<EventStream>()
  /** Every open connection, with its exchanges whose answers are not out. */
  private readonly connections = new Map<Socket, Set<Exchange>>()
  private readonly ends = new WeakSet<Socket>()
  private draining = false
  /** Called whenever an exchange is over. */
  private ended: () => void = () => undefined
  private readonly failed = (error: unknown): void => this.rooms.log.error({ err: error }, 'an answer failed')

  constructor(rooms: HttpRooms, settings: HttpSettings) {
    this.rooms = rooms
    this.settings = settings
    const standing = createStanding(rooms.accounts, this.failed)
    this.doors = { rooms, settings, standing, bodies: { left: settings.limits.bodyBytesInFlight } }
    this.rest = createRest(this.doors)
    this.metrics = createMetrics(
      rooms,
      () => this.streams.size,
      () => this.exchanges.size - this.streams.size,
    )
  }

  serverFor(reach: Reach): Server {
    const take = (req: Request, res: Response, awaitsContinue: boolean): void => {
      // RFC 9112 §9.6: behind an answer that closes the connection no request is processed; the client knows that it was not.
      if (this.ends.has(req.socket)) return
      this.handle(req, res, reach, awaitsContinue).catch((error: unknown) => {
        this.failed(error)
        res.destroy()
      })
    }
    const server = createExpressServer(this.settings.limits, (req, res) => take(req, res, false))
    server.on('connection', (socket: Socket) => {
      this.connections.set(socket, new Set())
      socket.once('close', () => this.connections.delete(socket))
    })
    // Node takes a connection for idle whose answers are made but not sent, and cuts it.
    server.closeIdleConnections = () => {
      for (const socket of this.connections.keys()) this.endIfIdle(socket)
    }
    // RFC 9110 §10.1.1: the body is asked for only when nothing else speaks against it.
    server.on('checkContinue', (req: Request, res: Response) => take(req, res, true))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseUnreadable(error, socket, this.rooms.log),
    )
    return server
  }

  /** No new connections; streams end, begun requests finish; then everything is closed. */
  async drain(servers: readonly Server[]): Promise<void> {
    const { clock } = this.rooms.xcap
    this.draining = true
    const closed = Promise.all(
      servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    )
    for (const stream of this.streams) stream.end()
    await new Promise<void>((resolve) => {
      const disarm = clock.at(clock.now() + this.settings.limits.drain, resolve)
      this.ended = () => {
        if (this.exchanges.size > 0) return
        disarm()
        resolve()
      }
      this.ended()
    })
    // What is still connected has begun no request, or does not read its answer.
    for (const server of servers) server.closeAllConnections()
    await closed
    this.doors.standing.close()
  }

  private async handle(req: Request, res: Response, reach: Reach, awaitsContinue: boolean): Promise<void> {
    const exchange: Exchange = {
      req,
      res,
      awaitsContinue,
      target: '',
      bodyTaken: false,
      bodyBytes: 0,
      route: 'none',
      streamed: false,
      principal: undefined,
      answerHeaders: {},
    }
    this.begin(exchange)
    let dialect: Dialect = 'json'
    let said: Answer
    try {
      exchange.target = admit(req, this.settings.limits)
      if (isXcap(exchange.target, this.settings.root)) dialect = 'xcap'
      said = await this.rooms.during(() => this.answer(exchange, reach, dialect))
    } catch (error) {
      said = answerTo(error, dialect) ?? this.ourFault(exchange, error)
    }
    const patience = SILENT_AT_MOST * this.settings.limits.quietEvery
    const { ends, failed, opened } = this
    writeAnswer(exchange, said, {
      clock: this.rooms.xcap.clock,
      last: this.draining && this.isLast(exchange),
      ends,
      patience,
      failed,
      opened,
    })
  }

  /** An answer that waits behind another has no socket yet: its connection ends when it is idle. */
  private isLast({ req, res }: Exchange): boolean {
    return res.socket !== null && this.connections.get(req.socket)?.size === 1
  }

  /** Behind what is still being sent on it. */
  private endIfIdle(socket: Socket): void {
    if (this.connections.get(socket)?.size === 0) socket.destroySoon()
  }

  private begin(exchange: Exchange): void {
    const { req, res } = exchange
    const began = stopwatch()
    const { socket } = req
    const before = socket.bytesWritten
    this.exchanges.add(exchange)
    this.connections.get(socket)?.add(exchange)
    // An answer that waits behind another on its connection has no connection of its own yet, and would never learn that it has gone.
    const gone = (): void => void (res.closed || res.emit('close'))
    socket.setMaxListeners(0)
    socket.once('close', gone)
    if (socket.destroyed) process.nextTick(gone)
    res.once('close', () => {
      socket.off('close', gone)
      this.exchanges.delete(exchange)
      this.connections.get(socket)?.delete(exchange)
      this.doors.bodies.left += exchange.bodyBytes
      const milliseconds = stopwatch() - began
      const status = statusOf(res)
      this.metrics.requestEnded(exchange, status, milliseconds)
      logRequest(this.rooms.log, exchange, status, milliseconds, socket.bytesWritten - before)
      // A client would send its next request on a connection that is about to be closed.
      if (this.draining) this.endIfIdle(socket)
      this.ended()
    })
  }

  private async answer(exchange: Exchange, reach: Reach, dialect: Dialect): Promise<Answer> {
    const path = pathOf(exchange.target)
    if (reach.admin && ADMIN_PATHS.has(path))
      return answerAdmin(exchange, path, this.rooms, this.metrics, this.draining)
    if (!reach.public) throw new Refused({ kind: 'not-found', detail: 'There is nothing here.' })
    const { requestsInFlight, streams } = this.settings.limits
    if (this.exchanges.size - this.streams.size > requestsInFlight || this.streams.size >= streams) {
      throw new Refused({ kind: 'unavailable', detail: 'Too many requests at once.', retryAfter: 1 })
    }
    if (dialect === 'json') return this.rest(exchange)
    exchange.route = 'xcap'
    return answerXcap(exchange, this.doors)
  }

  private readonly opened = (stream: EventStream): void => {
    if (!stream.open) return
    this.streams.add(stream)
    stream.signal.addEventListener('abort', () => this.streams.delete(stream), { once: true })
    if (this.draining) stream.end()
  }

  private ourFault({ req, route }: Exchange, error: unknown): Answer {
    this.rooms.log.error({ err: error, method: req.method, route }, 'a mistake of ours')
    return problemAnswer(OUR_FAULT)
  }
}

/** What the log says where the client went away before it was answered, as nginx does. */
const GONE = 499

/** Before its headers are sent an answer says 200, unless somebody else told the client what is wrong (`client-error.ts`). */
function statusOf({ headersSent, statusCode }: Response): number {
  return headersSent || statusCode !== 200 ? statusCode : GONE
}

/** With the root of the server as XCAP root, the REST side keeps its place: no AUID is called "api". */
function isXcap(target: string, root: string): boolean {
  return target.startsWith(`${root}/`) && !(root === '' && target.startsWith('/api/'))
}

function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}
