/** From a request whose headers were read to the last byte of its answer: the one way that all of them go. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { createAlarm, createUtilisation, stopwatch } from '../clock.ts'
import { Refused } from '../refusal.ts'
import { roundOver } from '../rounds.ts'
import { logCut, logRequest } from './access-log.ts'
import { createAdmission, type Admission } from './admission.ts'
import { ADMIN_PATHS, answerAdmin, type Readiness, createReadiness } from './admin.ts'
import { answeredStatus, whenOver, writeAnswer } from './answer.ts'
import { refuseUnreadable } from './client-error.ts'
import { startCensus, type Census } from './census.ts'
import { HttpConnections } from './connections.ts'
import { drainServers } from './drain.ts'
import { SLOWEST, type EventStream } from './event-stream.ts'
import type { Answer, Exchange } from './exchange.ts'
import { createHttpServer, type Request, type Response } from './http-server.ts'
import { admitRequest, pathOf } from './request-limits.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { logAudit } from './audit-log.ts'
import { answerTo, OUR_FAULT, problemAnswer, type Dialect } from './problem.ts'
import { answerPage, isPagePath } from './page-files.ts'
import { createReasons, type Reasons } from './reasons.ts'
import { requestIdOf } from './request-id.ts'
import { createRestHandler } from './rest.ts'
import type { HttpRooms } from './rooms.ts'
import { sharesOf, type HttpContext } from './route.ts'
import type { HttpSettings } from './settings.ts'
import { takerOf } from './shares.ts'
import { createStreamRevocation } from './stream-revocation.ts'
import { createTurnAway, isPlain, type TurnAway } from './turned-away.ts'
import { answerXcap } from './xcap.ts'

/** So often the answers are looked at that nobody takes. */
const UNTAKEN_EVERY_MS = 1_000
/** Signs of life that the far end of a stream may leave untaken. */
const SILENT_AT_MOST = 4

/** Which resources a listener has. */
export interface ListenerScope {
  readonly public: boolean
  readonly admin: boolean
  /** Whether only those reach it whose word on who asks is taken. */
  readonly trusted: boolean
}

export class RequestHandler {
  private readonly rooms: HttpRooms
  private readonly settings: HttpSettings
  private readonly reasons: Reasons
  private readonly context: HttpContext
  private readonly answerRest: (exchange: Exchange) => Promise<Answer>
  private readonly metrics: Metrics
  private readonly census: Census
  private readonly streams = new Set<EventStream>()
  private readonly connections: HttpConnections
  private readonly readiness: Readiness
  private readonly admission: Admission
  private readonly turnAway: TurnAway
  private readonly stopCutting: () => void
  /** Requests whose answers are not made yet. */
  private working = 0
  /** Those of them that wait for their clients. */
  private waiting = 0
  private draining = false
  /** Called whenever an exchange is over. */
  private ended: () => void = () => undefined
  private readonly failed = (error: unknown): void => this.rooms.log.error({ err: error }, 'an answer failed')

  constructor(rooms: HttpRooms, settings: HttpSettings) {
    this.rooms = rooms
    this.reasons = createReasons(rooms.log, rooms.clock)
    this.settings = settings
    const revocation = createStreamRevocation(rooms.accounts, this.failed)
    this.context = { rooms, settings, revocation, shares: sharesOf(settings.limits) }
    this.connections = new HttpConnections(settings.limits.requestsAhead)
    this.readiness = createReadiness(
      rooms,
      () => this.draining,
      () => this.isFull(),
    )
    this.admission = createAdmission(settings.limits.requestsWhenBusy, createUtilisation(), rooms.clock, rooms.log)
    this.turnAway = createTurnAway(rooms, settings.limits.earlyRetry)
    this.stopCutting = this.cutUntaken()
    this.answerRest = createRestHandler(this.context)
    this.census = startCensus(rooms.participating, rooms.clock, rooms.log, settings.limits.censusEvery)
    this.metrics = createMetrics({
      rooms,
      census: this.census,
      openStreams: () => this.streams.size,
      inFlight: () => this.working,
    })
  }

  serverFor(scope: ListenerScope, tls?: SecureContextOptions): Server {
    const take = (req: Request, res: Response, awaitsContinue: boolean): void => {
      const start = (): void => {
        if (!awaitsContinue && this.turnsAway(req, res, scope)) return
        this.handle(req, res, scope, awaitsContinue).catch((error: unknown) => {
          this.failed(error)
          res.destroy()
        })
      }
      if (!this.connections.begin(req.socket, start)) logCut(this.rooms.log, this.settings.limits.requestsAhead)
    }
    const server = createHttpServer(this.settings.limits, (req, res) => take(req, res, false), tls)
    // Over TLS the socket of a request is the one that the handshake made.
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.connections.opened(socket)
      if (scope.trusted) this.rooms.trust.add(socket)
    })
    // Node takes a connection for idle whose answers are made but not sent, and cuts it.
    server.closeIdleConnections = () => {
      this.connections.endIdle()
    }
    // RFC 9110 §10.1.1: the body is asked for only when nothing else speaks against it.
    server.on('checkContinue', (req: Request, res: Response) => take(req, res, true))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseUnreadable(error, socket, this.rooms.log),
    )
    server.on('connect', (_, socket) =>
      refuseUnreadable(
        Object.assign(new Error('a proxy is asked for'), { code: 'CONNECT' }),
        socket as Socket,
        this.rooms.log,
      ),
    )
    return server
  }

  /** No new connections; streams end, begun requests finish; then everything is closed. */
  async drain(servers: readonly Server[]): Promise<void> {
    this.draining = true
    this.census.stop()
    const drained = drainServers(servers, {
      clock: this.rooms.clock,
      limits: this.settings.limits,
      connections: this.connections,
      onAnswered: (look) => (this.ended = look),
    })
    for (const stream of this.streams) stream.end()
    await drained
    this.stopCutting()
    this.context.revocation.close()
  }

  /** What is plain is turned away here, which costs little; the rest goes the way of all others, and is so on it. */
  private turnsAway(req: Request, res: Response, scope: ListenerScope): boolean {
    if (this.draining || !scope.public || this.admission.admits(req, this.working - this.waiting + 1)) return false
    if (!isPlain(req, this.settings.limits)) return false
    this.admission.turnedAway()
    const began = stopwatch()
    this.connections.begun(req.socket, this.turnAway(req, res, scope.trusted))
    whenOver(res, () => {
      this.metrics.requestEnded({ ...OF_NOBODY, req }, answeredStatus(res), stopwatch() - began)
      this.connections.answered(req.socket)
      this.ended()
    })
    return true
  }

  private async handle(req: Request, res: Response, scope: ListenerScope, awaitsContinue: boolean): Promise<void> {
    const exchange: Exchange = {
      req,
      res,
      address: this.rooms.addressOf(req),
      realm: this.settings.realms.ofHost(req.headers.host),
      requestId: requestIdOf(req, this.rooms.random),
      awaitsContinue,
      target: '',
      bodyTaken: false,
      bodyTook: 0,
      bodyBytes: 0,
      route: 'none',
      streamed: false,
      principal: undefined,
      bySession: false,
      changed: undefined,
      deed: undefined,
      auid: undefined,
      tried: undefined,
      message: undefined,
      holdsSlot: false,
      shed: false,
      waits: (change) => void (this.waiting += change),
      answeredAt: undefined,
      answerHeaders: {},
    }
    this.begin(exchange)
    let dialect: Dialect = 'json'
    let answer: Answer
    try {
      exchange.target = admitRequest(req, this.settings.limits)
      if (isXcap(exchange.target, this.settings.root)) dialect = 'xcap'
      if (scope.public && !ADMIN_PATHS.has(pathOf(exchange.target)))
        this.admission.mustAdmit(exchange, this.working - this.waiting)
      answer = await this.rooms.withinDeadline(() => this.answer(exchange, scope, dialect))
    } catch (error) {
      this.reasons.tell(error)
      answer = answerTo(error, dialect, exchange.requestId) ?? this.ourFault(exchange, error)
    } finally {
      this.answerMade(exchange)
    }
    logAudit(this.rooms.audit, exchange, answer)
    await roundOver()
    writeAnswer(exchange, answer, {
      clock: this.rooms.clock,
      last: this.draining && this.connections.isLast(req.socket),
      ends: (socket) => this.connections.end(socket),
      patience: SILENT_AT_MOST * this.settings.limits.quietEvery,
      failed: this.failed,
      opened: this.opened,
    })
  }

  /** What the request held is free from now on, whenever the client takes its answer. */
  private answerMade(exchange: Exchange): void {
    const { principal } = exchange
    this.working -= 1
    if (principal === undefined) return
    const { requests, bodies } = this.context.shares
    if (exchange.holdsSlot) requests.give(takerOf(principal), 1)
    bodies.give(takerOf(principal), exchange.bodyBytes)
  }

  private isFull(): boolean {
    return this.working >= this.settings.limits.requestsInFlight
  }

  /** Who does not take his answer holds memory, and is cut; a long answer may take longer. */
  private cutUntaken(): () => void {
    const alarm = createAlarm(this.rooms.clock, () => {
      const now = stopwatch()
      for (const { res, answeredAt } of this.connections.onTheirWay()) {
        const allowed = this.settings.limits.answerTimeout + res.writableLength / SLOWEST
        if (answeredAt !== undefined && now - answeredAt > allowed) res.destroy()
      }
      alarm.set(this.rooms.clock.now() + UNTAKEN_EVERY_MS)
    })
    alarm.set(this.rooms.clock.now() + UNTAKEN_EVERY_MS)
    return alarm.callOff
  }

  private begin(exchange: Exchange): void {
    const { req, res } = exchange
    const began = stopwatch()
    const { socket } = req
    const before = socket.bytesWritten
    this.connections.begun(socket, exchange)
    this.working += 1
    whenOver(res, () => {
      const milliseconds = stopwatch() - began
      const status = answeredStatus(res)
      this.metrics.requestEnded(exchange, status, milliseconds)
      if (!exchange.shed) logRequest(this.rooms.log, exchange, status, milliseconds, socket.bytesWritten - before)
      // A client would send its next request on a connection that is about to be closed.
      this.connections.answered(socket)
      this.ended()
    })
  }

  private async answer(exchange: Exchange, scope: ListenerScope, dialect: Dialect): Promise<Answer> {
    const path = pathOf(exchange.target)
    if (scope.admin && ADMIN_PATHS.has(path)) return answerAdmin(exchange, path, this.readiness, this.metrics)
    if (!scope.public) throw new Refused({ kind: 'not-found', detail: 'There is nothing here.' })
    if (this.working > this.settings.limits.requestsInFlight) {
      throw new Refused({ kind: 'unavailable', detail: 'Too many requests at once.', retryAfter: 1 })
    }
    if (isPagePath(path)) return answerPage(exchange, path, this.settings.root)
    if (dialect === 'json') return this.answerRest(exchange)
    exchange.route = 'xcap'
    return answerXcap(exchange, this.context)
  }

  private readonly opened = (stream: EventStream): void => {
    if (!stream.open) return
    this.streams.add(stream)
    stream.signal.addEventListener('abort', () => this.streams.delete(stream), { once: true })
    if (this.draining) stream.end()
  }

  private ourFault({ req, route, requestId }: Exchange, error: unknown): Answer {
    this.rooms.log.error({ err: error, method: req.method, route, requestId }, 'a mistake of ours')
    return problemAnswer({ ...OUR_FAULT, requestId })
  }
}

/** Nobody asked who it was, or what he wanted. */
const OF_NOBODY = { route: 'none', streamed: false, auid: undefined, principal: undefined } as const

/** With the root of the server as XCAP root, the REST side keeps its place: no AUID is called "api". */
function isXcap(target: string, root: string): boolean {
  return (target === root || target.startsWith(`${root}/`)) && !(root === '' && /^\/api(?:[/?]|$)/.test(target))
}
