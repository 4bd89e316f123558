/** The event streams: the changes, and a device's inbox. */
import type { Owner, Xui } from '../names.ts'
import type { InboxEvent } from '../participating/contracts/inbox.ts'
import { inTurns } from './body-json.ts'
import { inboxPieces } from './inbox-event.ts'
import { Refused } from '../refusal.ts'
import { createAlarm, type Clock } from '../clock.ts'
import type { WatchStep } from '../notify/watch.ts'
import { readXui } from '../xui.ts'
import { STREAM_HEADERS } from './answer.ts'
import { COMMENT, eventText, idText, type EventStream } from './event-stream.ts'
import { emptyAnswer, type Answer } from './exchange.ts'
import { deviceOf } from './presence.ts'
import { viewOf } from './view.ts'
import { takerOf, type Shares } from './shares.ts'
import { createFollowWaiting, type FollowWaiting } from './waiting-events.ts'
import {
  chosen,
  mustBeAllowed,
  ownerOf,
  param,
  type AuthenticatedRequest,
  type HttpContext,
  type Route,
} from './route.ts'

export function streamRoutes(context: HttpContext): readonly Route[] {
  // Nothing listens to commits before somebody asks to be told of what waits.
  let follow: FollowWaiting | undefined
  const followWaiting: FollowWaiting = (...asked) => (follow ??= createFollowWaiting(context.rooms))(...asked)
  return [
    { method: 'GET', path: '/api/changes', answer: (request) => watchChanges(context, followWaiting, request) },
    {
      method: 'GET',
      path: '/api/users/{xui}/devices/{device}/inbox',
      answer: (request) => openInbox(context, request),
    },
    {
      method: 'POST',
      path: '/api/users/{xui}/devices/{device}/inbox/{message}/received',
      answer: (request) => received(context, request),
    },
    {
      method: 'POST',
      path: '/api/users/{xui}/devices/{device}/inbox/{message}/displayed',
      answer: (request) => displayed(context, request),
    },
  ]
}

/**
 * Counts a stream, and watches whether its holder still may have it.
 * @returns what to call when the stream is over, or does not come about.
 * @throws Refused `unavailable`, `too-many-requests`, `unauthenticated`
 */
export async function beginStream(
  { rooms: { sessions, clock }, shares, revocation }: HttpContext,
  { principal, exchange: { req, bySession, authenticatedUntil } }: AuthenticatedRequest,
  about: Xui | undefined,
  lost: () => void,
): Promise<() => void> {
  const taker = takerOf(principal)
  shares.streams.take(taker, 1)
  try {
    const stops = [await revocation.watch(principal, about, lost)]
    if (authenticatedUntil !== undefined) stops.push(clock.at(authenticatedUntil, lost))
    if (bySession) stops.push(await sessions.watch(req, lost))
    return () => {
      stops.forEach((stop) => stop())
      shares.streams.give(taker, 1)
    }
  } catch (error) {
    shares.streams.give(taker, 1)
    throw error
  }
}

async function watchChanges(
  context: HttpContext,
  followWaiting: FollowWaiting,
  request: AuthenticatedRequest,
): Promise<Answer> {
  const { rooms } = context
  const { principal } = request
  const named = request.query.get('user')
  const user = named === null ? undefined : readXui(named, request.exchange.realm)
  const owner: Owner | undefined = user ?? (principal.role === 'user' ? principal.xui : undefined)
  await mustBeAllowed(context, request, 'read-changes', owner ?? 'global')
  const view = viewOf(context, request)
  const tellsWaiting = chosen('waiting', ['true', 'false'], request.query.get('waiting')) === 'true'
  if (request.headOnly) return emptyAnswer(200, STREAM_HEADERS)

  const over = new AbortController()
  const stop = await beginStream(context, request, user, () => over.abort())
  const lastEventId = request.exchange.req.headers['last-event-id']
  const after =
    (Array.isArray(lastEventId) ? lastEventId[0] : lastEventId) || request.query.getAll('after').at(-1) || undefined
  try {
    const steps = await rooms.changes.watch({ xui: principal.xui, owner, view }, after, over.signal)
    const run = (stream: EventStream): Promise<void> => {
      const forget = tellsWaiting ? followWaiting(owner, (home) => stream.write(waitingText(home))) : undefined
      return passOn(stream, steps, over).finally(() => {
        forget?.()
        stop()
      })
    }
    return { kind: 'stream', run }
  } catch (error) {
    stop()
    throw error
  }
}

/** Whose it is, where it is one user's. */
function waitingText(home: Owner | undefined): string {
  return eventText('waiting', undefined, JSON.stringify({ user: home === 'global' ? undefined : home }))
}

/** At the far end's pace: while it takes nothing, nothing is read for it. */
async function passOn(stream: EventStream, steps: AsyncIterable<WatchStep>, over: AbortController): Promise<void> {
  const gone = (): void => over.abort()
  if (stream.signal.aborted) gone()
  stream.signal.addEventListener('abort', gone, { once: true })
  for await (const step of steps) {
    stream.write(stepText(step))
    await stream.ready()
  }
  stream.end()
}

function stepText(step: WatchStep): string {
  switch (step.kind) {
    case 'events':
      return step.events.map(({ event, id, data }) => eventText(event, id, data)).join('')
    case 'resync':
      return eventText('resync', step.id, JSON.stringify({ from: step.id }))
    case 'quiet':
      return COMMENT + idText(step.id)
  }
}

async function openInbox(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  const { rooms, shares, settings } = context
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-inbox', owner)
  const device = deviceOf(request)
  if (request.headOnly) return emptyAnswer(200, STREAM_HEADERS)

  const inbox = createInboxSink(owner, shares.backlog, settings.limits.inboxBacklogBytes)
  const stop = await beginStream(context, request, owner, inbox.end)
  try {
    const close = await rooms.participating.openInbox(owner, device, inbox)
    return {
      kind: 'stream',
      run(stream) {
        const still = keepAlive(stream, rooms.clock, settings.limits.quietEvery)
        const over = (): void => {
          still()
          stop()
          close()
        }
        if (stream.signal.aborted) over()
        else stream.signal.addEventListener('abort', over, { once: true })
        inbox.connect(stream)
      },
    }
  } catch (error) {
    stop()
    throw error
  }
}

interface Encoded {
  readonly pieces: readonly Buffer[]
  readonly bytes: number
  /** How many inboxes have it still to take; it takes room once, as long as one does. */
  readonly behind: { count: number }
}

const encoded = new WeakMap<InboxEvent, Encoded>()

/** All inboxes of a user that get an event share its bytes. */
function encodedOf(event: InboxEvent): Encoded {
  return encoded.get(event) ?? encodedAs(event, [...inboxPieces(event)])
}

function encodedAs(event: InboxEvent, pieces: readonly Buffer[]): Encoded {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
  const made = { pieces, bytes, behind: { count: 0 } }
  encoded.set(event, made)
  return made
}

/**
 * The room below pushes; what comes before the headers are out waits for them. A far end that is too far behind gets
 * what was written and the end of its stream; when it opens its inbox again it is offered the rest. So it goes when the
 * unread events of all its user's devices, or of everybody, take what room there is.
 */
function createInboxSink(
  owner: Xui,
  backlog: Shares,
  backlogAtMost: number,
): {
  prepare(event: InboxEvent): Promise<void>
  send(event: InboxEvent): void
  end(): void
  connect(stream: EventStream): void
} {
  let stream: EventStream | undefined
  let ended = false
  const early: InboxEvent[] = []
  const send = (event: InboxEvent): void => {
    if (stream === undefined) {
      early.push(event)
      return
    }
    const { pieces, bytes, behind } = encodedOf(event)
    if (stream.backlog > backlogAtMost) return stream.end()
    if (behind.count === 0) {
      if (!backlog.fits(owner, bytes)) return stream.end()
      backlog.take(owner, bytes)
    }
    behind.count += 1
    const taken = (): void => {
      behind.count -= 1
      if (behind.count === 0) backlog.give(owner, bytes)
    }
    for (const piece of pieces) stream.write(piece, piece === pieces.at(-1) ? taken : undefined)
  }
  return {
    async prepare(event) {
      if (!encoded.has(event)) encodedAs(event, await inTurns(inboxPieces(event)))
    },
    send,
    end() {
      ended = true
      stream?.end()
    },
    connect(connected) {
      stream = connected
      for (const event of early.splice(0)) send(event)
      if (ended) connected.end()
    },
  }
}

/** A comment line now and then, as long as the stream is open and has nothing else to say. */
export function keepAlive(stream: EventStream, clock: Clock, quietEvery: number): () => void {
  const alarm = createAlarm(clock, () => {
    if (stream.backlog === 0) stream.write(COMMENT)
    arm()
  })
  const arm = (): void => alarm.set(clock.now() + quietEvery)
  arm()
  return alarm.callOff
}

async function received(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  return acknowledged(context, request, context.rooms.participating.received)
}

/** U5. */
async function displayed(context: HttpContext, request: AuthenticatedRequest): Promise<Answer> {
  return acknowledged(context, request, context.rooms.participating.displayed)
}

async function acknowledged(
  context: HttpContext,
  request: AuthenticatedRequest,
  tell: (owner: Xui, device: string, id: string) => Promise<boolean>,
): Promise<Answer> {
  const owner = ownerOf(request)
  await mustBeAllowed(context, request, 'read-inbox', owner)
  if (await tell(owner, deviceOf(request), param(request, 'message'))) return emptyAnswer(204)
  throw new Refused({ kind: 'not-found', detail: 'This was never offered to this device.' })
}
