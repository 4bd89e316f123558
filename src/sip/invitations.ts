/**
 * INVITE for one of our users (X12): what his preferences say now decides, medium by medium, and only the listed
 * devices ring. Whoever is put through gets a dialog on each side, and what comes in one goes out in the other, so that
 * media that are added meet the same decision. Media themselves never pass through here.
 */
import type { Clock } from '../clock.ts'
import { ANONYMOUS, type Xui } from '../names.ts'
import type { InvitationDecision, Participating } from '../participating/participating.ts'
import type { Accounts } from '../access/account.ts'
import { Refused } from '../refusal.ts'
import type { SipLog } from './connection.ts'
import { calledUser, senderOf, type Asserted } from './identity.ts'
import { mediaIn, withoutMedia, type OfferedMedium } from './offered-media.ts'
import { createPlaces } from './places.ts'
import type { DialogOwner, Invited, SipAnswer, SipBody, SipDialog, SipHandler, SipPort, SipRequest } from './port.ts'

interface InvitationRooms {
  readonly port: Pick<SipPort, 'open' | 'contact'>
  readonly participating: Pick<Participating, 'invitation' | 'registrations'>
  readonly accounts: Pick<Accounts, 'find'>
  readonly clock: Clock
  readonly log: SipLog
  readonly limits: { readonly sessions: number; readonly sessionsOfUser: number }
}

/** A BYE may be lost; nobody talks for so long. */
const LONGEST_SESSION_MS = 86_400_000
const SDP = 'application/sdp'
/** What goes with a request from one side to the other; the rest is of each dialog. */
const PASSED_ON = ['subject', 'contribution-id', 'conversation-id', 'accept-contact', 'reason']

export function createInvitations(rooms: InvitationRooms): SipHandler {
  const places = createPlaces(rooms.limits.sessions, rooms.limits.sessionsOfUser)
  return async (request, cancelled, ringing) => {
    const sender = senderOf(request)
    const called = calledUser(request)
    if ((await rooms.accounts.find(called)) === undefined)
      throw new Refused({ kind: 'unknown-user', detail: 'There is no such user here.' })
    const media = mediaIn(request.body) ?? []
    if (request.body.length > 0 && media.length === 0) return { status: 488 }
    const decision = await decided(rooms, called, sender, media, request)
    // How somebody's preferences work is not the caller's business (U1): he is not there, or declines.
    if (decision.devices.length === 0) return { status: decision.reason === 'preference' ? 603 : 480 }
    const ended = places.enter(called)
    if (ended === undefined) return { status: 503, headers: ['Retry-After: 60'] }
    try {
      const session = new Session(rooms, called, sender, ended)
      const answer = await session.ring(request, media, decision, cancelled, ringing)
      if (answer.status >= 300) ended()
      return answer
    } catch (error) {
      ended()
      throw error
    }
  }
}

/** An INVITE for our own address asks for deferred messages (A C.3.3.2), any other one for a user. */
export function createInviteHandler(
  ownName: Xui,
  handlers: { readonly user: SipHandler; readonly deferred: SipHandler },
): SipHandler {
  return (request, cancelled, ringing) =>
    calledUser(request) === ownName
      ? handlers.deferred(request, cancelled, ringing)
      : handlers.user(request, cancelled, ringing)
}

function decided(
  { participating }: InvitationRooms,
  called: Xui,
  { uri, hides }: Asserted,
  media: readonly OfferedMedium[],
  request: SipRequest,
): Promise<InvitationDecision> {
  const active = media.filter(({ isActive }) => isActive).map(({ type }) => type)
  // X13 is for who carries the media, which go from device to device here; what is told of it is told to them.
  const conversation = request.header('conversation-id') !== undefined
  return participating.invitation(called, { from: uri, privacy: hides, media: active, conversation })
}

/** Of the media as they stand in the offer: those that the preferences refuse. */
function refusedIn(media: readonly OfferedMedium[], decision: InvitationDecision): ReadonlySet<number> {
  const refused = new Set(decision.media.filter(({ answer }) => answer === 'reject').map(({ type }) => type))
  return new Set(media.flatMap(({ type, isActive }, at) => (isActive && refused.has(type) ? [at] : [])))
}

class Session {
  readonly #rooms: InvitationRooms
  readonly #called: Xui
  readonly #sender: Asserted
  readonly #ended: () => void
  #caller: SipDialog | undefined
  #device: SipDialog | undefined
  #callOff: () => void = () => {}
  /** The kinds of media that are in the session. */
  #media: readonly OfferedMedium[] = []

  constructor(rooms: InvitationRooms, called: Xui, sender: Asserted, ended: () => void) {
    this.#rooms = rooms
    this.#called = called
    this.#sender = sender
    this.#ended = ended
  }

  /** Each device rings on its own; the first that answers has the session. */
  async ring(
    request: SipRequest,
    media: readonly OfferedMedium[],
    decision: InvitationDecision,
    cancelled: AbortSignal,
    ringing: () => void,
  ): Promise<SipAnswer> {
    const known = await this.#rooms.participating.registrations(this.#called)
    const targets = known.filter(({ device, contact }) => contact !== undefined && decision.devices.includes(device))
    if (targets.length === 0) return { status: 480 }
    // RFC 3261 §9.2: a CANCEL may have come while it was looked who is there.
    if (cancelled.aborted) return { status: 487 }
    ringing()
    const refused = refusedIn(media, decision)
    const bytes = withoutMedia(request.body, refused)
    const stops = targets.map(() => new AbortController())
    cancelled.addEventListener('abort', () => stops.forEach((stop) => stop.abort()), { once: true })
    let winner: Invited | undefined
    const statuses: number[] = []
    await Promise.all(
      targets.map(async ({ contact = '' }, at) => {
        const invited = await this.#invite(contact, request, bytes, decision, stops[at]?.signal)
        const { status } = invited.response
        // A 2xx that makes no dialog leads nowhere.
        if (invited.dialog === undefined) statuses.push(status < 300 ? 480 : ofDevice(status))
        else if (winner !== undefined || cancelled.aborted) {
          await invited.dialog.send('BYE')
          invited.dialog.forget()
        } else {
          winner = invited
          stops.forEach((stop, other) => other !== at && stop.abort())
        }
      }),
    )
    if (cancelled.aborted) {
      // One may have answered while the others were called off.
      void winner?.dialog?.send('BYE')
      winner?.dialog?.forget()
      return { status: 487 }
    }
    if (winner?.dialog === undefined) return { status: statuses.find((status) => status >= 600) ?? statuses[0] ?? 480 }
    const device = winner.dialog
    this.#device = device
    this.#media = media.map((medium, at) => ({ ...medium, isActive: medium.isActive && !refused.has(at) }))
    const { clock, port } = this.#rooms
    this.#callOff = clock.at(clock.now() + LONGEST_SESSION_MS, () => void this.#hangUp())
    return {
      status: 200,
      headers: [`Contact: ${port.contact('session')}`],
      body: { type: SDP, bytes: winner.response.body },
      accepted: (dialog) => {
        this.#caller = dialog
        return this.#owner(() => this.#device, true)
      },
    }
  }

  #invite(
    contact: string,
    request: SipRequest,
    bytes: Uint8Array,
    decision: InvitationDecision,
    stop: AbortSignal | undefined,
  ): Promise<Invited> {
    const { uri, hides } = this.#sender
    const headers = [
      `Contact: ${this.#rooms.port.contact('session')}`,
      `P-Asserted-Identity: <${uri}>`,
      ...(hides ? ['Privacy: id'] : []),
      // RFC 5373 §4.1: accepted by preference, so the device need not ask.
      ...(decision.answer === 'accept' ? ['Answer-Mode: Auto'] : []),
      ...passedOn(request),
    ]
    const from = hides ? ANONYMOUS : uri
    const body = bytes.length === 0 ? {} : { body: { type: SDP, bytes } }
    const outgoing = { method: 'INVITE', uri: contact, from, to: this.#called, headers, ...body }
    return this.#rooms.port.open(
      outgoing,
      this.#owner(() => this.#caller, false),
      stop,
    )
  }

  /** @param fromCaller what the called user's preferences decide about. */
  #owner(other: () => SipDialog | undefined, fromCaller: boolean): DialogOwner {
    return {
      request: async (request) => {
        if (request.method === 'BYE') {
          void this.#hangUp(other())
          return { status: 200 }
        }
        const to = other()
        if (to === undefined) return { status: 481 }
        const offered = request.method === 'INVITE' ? mediaIn(request.body) : undefined
        if (!fromCaller || offered === undefined) return this.#pass(request, to, request.body)
        return this.#renegotiate(request, to, offered)
      },
    }
  }

  /** X12: "and when media are added": what is new is decided anew, what was there stays. */
  async #renegotiate(request: SipRequest, to: SipDialog, offered: readonly OfferedMedium[]): Promise<SipAnswer> {
    const added = offered.map((medium, at) => ({
      ...medium,
      isActive: medium.isActive && this.#media[at]?.isActive !== true,
    }))
    const decision = await decided(this.#rooms, this.#called, this.#sender, added, request)
    const refused =
      decision.devices.length === 0
        ? new Set(added.flatMap(({ isActive }, at) => (isActive ? [at] : [])))
        : refusedIn(added, decision)
    if (added.some(({ isActive }) => isActive) && offered.every(({ isActive }, at) => !isActive || refused.has(at)))
      return { status: 488 }
    const answer = await this.#pass(request, to, withoutMedia(request.body, refused))
    if (answer.status < 300)
      this.#media = offered.map((medium, at) => ({ ...medium, isActive: medium.isActive && !refused.has(at) }))
    return answer
  }

  async #pass(request: SipRequest, to: SipDialog, bytes: Uint8Array): Promise<SipAnswer> {
    const type = request.header('content-type') ?? request.header('c')
    const contact = `Contact: ${this.#rooms.port.contact('session')}`
    const response = await to.send(request.method, [contact, ...passedOn(request)], bodyOf(type, bytes))
    if (request.method === 'INVITE' && response.status < 300) void to.send('ACK')
    const body = bodyOf(response.header('content-type'), response.body)
    return { status: response.status, headers: [contact], ...(body === undefined ? {} : { body }) }
  }

  async #hangUp(other?: SipDialog): Promise<void> {
    this.#callOff()
    this.#ended()
    const dialogs = other === undefined ? [this.#caller, this.#device] : [other]
    for (const dialog of dialogs) await dialog?.send('BYE')
    this.#caller?.forget()
    this.#device?.forget()
  }
}

/** RFC 3261 §16.7: that a device is busy says nothing of us, and the core would ask another server. */
function ofDevice(status: number): number {
  return status === 503 ? 500 : status
}

function passedOn(request: SipRequest): readonly string[] {
  // What is of the wire is bytes; it is written as bytes again.
  return PASSED_ON.flatMap((name) =>
    request.headers(name).map((value) => `${name}: ${Buffer.from(value, 'latin1').toString('utf8')}`),
  )
}

function bodyOf(type: string | undefined, bytes: Uint8Array): SipBody | undefined {
  return type === undefined || bytes.length === 0 ? undefined : { type, bytes }
}
