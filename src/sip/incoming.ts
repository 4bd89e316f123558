/** Requests that come in: each is answered once, whatever it holds and whatever its handler does (RFC 3261 §8.2). */
import type { IncomingRequest } from 'jssip/lib/SIPMessage.js'
import { identifier, type Clock, type Randomness } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { TlsIdentity } from '../tls-identity.ts'
import type { SipLog } from './connection.ts'
import { asCalled, asSubscriber, dialogKey } from './dialog.ts'
import { subscribingKey, type Dialogs, type Outgoing } from './outgoing.ts'
import { createPlaces } from './places.ts'
import type { SipAnswer, SipHandler } from './port.ts'
import type { SipSettings } from './settings.ts'
import { answerOf } from './status.ts'
import { answerText, METHODS, requestOf } from './wire.ts'

export interface IncomingRooms {
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
  readonly tls: TlsIdentity
}

export interface IncomingRequests {
  /** A new transaction has it. */
  answer(request: IncomingRequest, bodyTooLarge: boolean): Promise<void>
  /** It is not answered here. */
  cancelled(cancel: IncomingRequest): void
}

interface IncomingParts {
  readonly dialogs: Dialogs
  readonly outgoing: Outgoing
  /** Whether anything could go out to the core. */
  readonly isConnected: () => boolean
}

const MAKES_DIALOG = /^(?:INVITE|SUBSCRIBE)$/

export function createIncoming(
  { limits }: SipSettings,
  { random, log }: Pick<IncomingRooms, 'random' | 'log'>,
  handlers: () => Readonly<Record<string, SipHandler>>,
  { dialogs, outgoing, isConnected }: IncomingParts,
): IncomingRequests {
  const cancelling = new Map<string, AbortController>()
  const inFlight = createPlaces(limits.requestsInFlight, limits.requestsOfUser)

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
      answered = refused(error, log)
    } finally {
      leave?.()
      cancelling.delete(request.via_branch ?? '')
    }
    request.server_transaction?.receiveResponse(answered.status, answerText(request, answered, tag))
  }

  /** The core asks by OPTIONS who may have requests (RFC 3261 §11.2): who could reach no device would be in its way. */
  const answerWithout = (method: string): SipAnswer => {
    const isAsked = method === 'OPTIONS'
    if (isAsked && !isConnected()) return { status: 503, headers: ['Retry-After: 1'] }
    return { status: isAsked ? 200 : 405, headers: [`Allow: ${METHODS}`] }
  }

  const handle = async (request: IncomingRequest, tag: string): Promise<SipAnswer> => {
    const required = request.getHeaders('require').join(', ')
    if (required !== '') return { status: 420, headers: [`Unsupported: ${required}`] }
    if (request.to_tag !== null && request.to_tag !== undefined) return inDialog(request, dialogs, limits.messageBytes)
    const handler = handlers()[request.method]
    if (handler === undefined) return answerWithout(request.method)
    const cancel = new AbortController()
    if (request.method === 'INVITE') cancelling.set(request.via_branch ?? '', cancel)
    const ringing = (): void =>
      request.server_transaction?.receiveResponse(180, answerText(request, { status: 180, reason: 'Ringing' }, tag))
    // Whoever could be told nothing later is refused before anybody rings for him.
    const dialog = MAKES_DIALOG.test(request.method) ? asCalled(request, tag) : undefined
    const answered = await handler(requestOf(request, limits.messageBytes), cancel.signal, ringing)
    if (dialog === undefined || answered.accepted === undefined || answered.status >= 300) return answered
    dialogs.all.set(dialog.key, { dialog, owner: answered.accepted(outgoing.handleOf(dialog)) })
    return answered
  }

  return {
    answer,
    cancelled: (cancel) => cancelling.get(cancel.via_branch ?? '')?.abort(),
  }
}

function keyOf(request: IncomingRequest): string {
  return dialogKey(request.call_id ?? '', request.to_tag ?? '', request.from_tag ?? '')
}

/** RFC 3261 §12.2.2. */
async function inDialog(request: IncomingRequest, dialogs: Dialogs, bodyAtMost: number): Promise<SipAnswer> {
  const found = dialogs.all.get(keyOf(request)) ?? madeBy(request, dialogs)
  if (found === undefined) return { status: 481 }
  if (!found.dialog.takes(request)) return { status: 500, reason: 'Out of Order' }
  return found.owner.request(requestOf(request, bodyAtMost))
}

function madeBy(request: IncomingRequest, { all, subscribing }: Dialogs): ReturnType<Dialogs['all']['get']> {
  const owner = subscribing.get(subscribingKey(request.call_id ?? '', request.to_tag ?? ''))
  const dialog = owner === undefined || request.method !== 'NOTIFY' ? undefined : asSubscriber(request)
  if (owner === undefined || dialog === undefined) return undefined
  const made = { dialog, owner }
  all.set(dialog.key, made)
  return made
}

function refused(error: unknown, log: SipLog): SipAnswer {
  if (error instanceof Refused) return answerOf(error.refusal)
  log.error({ err: error }, 'a SIP request could not be answered')
  return { status: 500 }
}
