/** Requests that come in: each is answered once, whatever it holds and whatever its handler does (RFC 3261 §8.2). */
import type { IncomingRequest } from 'jssip/lib/SIPMessage.js'
import { identifier, type Clock, type Randomness } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { SipLog } from './connections.ts'
import { asCalled, dialogKey } from './dialog.ts'
import { createInFlight } from './in-flight.ts'
import type { Dialogs, Outgoing } from './outgoing.ts'
import type { SipAnswer, SipHandler } from './port.ts'
import type { SipSettings } from './settings.ts'
import { answerOf } from './status.ts'
import { answerText, METHODS, requestOf } from './wire.ts'

export interface IncomingRooms {
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

interface Incoming {
  /** A new transaction has it. */
  answer(request: IncomingRequest, bodyTooLarge: boolean): Promise<void>
  /** ACK and CANCEL are not answered here. */
  acknowledged(ack: IncomingRequest): void
  cancelled(cancel: IncomingRequest): void
}

/** RFC 6665 §4.1.2.4: a NOTIFY may overtake the 2xx to its SUBSCRIBE; it waits this long. */
const OVERTAKING_MS = 2_000
const OVERTAKING_LOOK_MS = 20

export function createIncoming(
  { limits }: SipSettings,
  { clock, random, log }: IncomingRooms,
  handlers: Readonly<Record<string, SipHandler>>,
  { dialogs, outgoing }: { readonly dialogs: Dialogs; readonly outgoing: Outgoing },
): Incoming {
  const cancelling = new Map<string, AbortController>()
  const inFlight = createInFlight(limits)

  const answer = async (request: IncomingRequest, bodyTooLarge: boolean): Promise<void> => {
    const tag = identifier(random)
    const sender = String(request.getHeader('p-asserted-identity') ?? request.getHeader('from') ?? '')
    const leave = inFlight.enter(sender)
    let answered: SipAnswer
    try {
      answered =
        leave === undefined
          ? { status: 503, headers: ['Retry-After: 1'] }
          : bodyTooLarge
            ? { status: 413 }
            : await handle(request, tag)
    } catch (error) {
      answered = refused(error)
    } finally {
      leave?.()
      cancelling.delete(request.via_branch ?? '')
    }
    request.server_transaction?.receiveResponse(answered.status, answerText(request, answered, tag))
  }

  const refused = (error: unknown): SipAnswer => {
    if (error instanceof Refused) return answerOf(error.refusal)
    log.error({ err: error }, 'a SIP request could not be answered')
    return { status: 500 }
  }

  const handle = async (request: IncomingRequest, tag: string): Promise<SipAnswer> => {
    const required = request.getHeaders('require').join(', ')
    if (required !== '') return { status: 420, headers: [`Unsupported: ${required}`] }
    if (request.to_tag !== null && request.to_tag !== undefined) return inDialog(request)
    if (request.method === 'OPTIONS') return { status: 200, headers: [`Allow: ${METHODS}`] }
    const handler = handlers[request.method]
    if (handler === undefined) return { status: 405, headers: [`Allow: ${METHODS}`] }
    const cancel = new AbortController()
    if (request.method === 'INVITE') cancelling.set(request.via_branch ?? '', cancel)
    const ringing = (): void =>
      request.server_transaction?.receiveResponse(180, answerText(request, { status: 180, reason: 'Ringing' }, tag))
    const answered = await handler(requestOf(request, limits.messageBytes), cancel.signal, ringing)
    if (answered.accepted === undefined || answered.status >= 300) return answered
    const dialog = asCalled(request, tag)
    dialogs.set(dialog.key, { dialog, owner: answered.accepted(outgoing.handleOf(dialog)) })
    return answered
  }

  const inDialog = async (request: IncomingRequest): Promise<SipAnswer> => {
    const found = dialogs.get(keyOf(request)) ?? (await overtaking(request))
    if (found === undefined) return { status: 481 }
    if (!found.dialog.takes(request)) return { status: 500, reason: 'Out of Order' }
    return found.owner.request(requestOf(request, limits.messageBytes))
  }

  const overtaking = async (request: IncomingRequest): Promise<ReturnType<Dialogs['get']>> => {
    const until = clock.now() + OVERTAKING_MS
    while (request.method === 'NOTIFY' && outgoing.isOpening(request.call_id ?? '') && clock.now() < until) {
      await new Promise<void>((resolve) => clock.at(clock.now() + OVERTAKING_LOOK_MS, resolve))
      const found = dialogs.get(keyOf(request))
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    answer,
    acknowledged: (ack) => dialogs.get(keyOf(ack))?.owner.acknowledged?.(),
    cancelled: (cancel) => cancelling.get(cancel.via_branch ?? '')?.abort(),
  }
}

function keyOf(request: IncomingRequest): string {
  return dialogKey(request.call_id ?? '', request.to_tag ?? '', request.from_tag ?? '')
}
