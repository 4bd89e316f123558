/**
 * Pull (A C.3.3.2, D7): a device invites us to a session in which it gets what it names of the messages that wait, one
 * after the other, and is told what became of everything else that it asked for. We end the session when all is done;
 * the device may end it at any time, and loses nothing by it.
 */
import { isSameDevice } from '../device.ts'
import type { Accounts } from '../access/account.ts'
import { CPIM_TYPE } from '../cpim/cpim.ts'
import type { Xui } from '../names.ts'
import { acceptsType, readMsrpSdp, type MsrpDescription } from '../msrp/sdp.ts'
import type { MsrpSession } from '../msrp/session.ts'
import type { Participating, RetrievalEvent, RetrievalRequest } from '../participating/participating.ts'
import { Refused } from '../refusal.ts'
import type { SipLog } from './connection.ts'
import { instanceIn, instanceInGruu, readContact } from './contacts.ts'
import { senderOf } from './identity.ts'
import { partsOfBody } from './invite-body.ts'
import { contentFor } from './outgoing-content.ts'
import { createPlaces } from './places.ts'
import type { DialogOwner, SipAnswer, SipDialog, SipHandler, SipPort, SipRequest } from './port.ts'
import { readRetrieval, RETRIEVAL_TYPE, writeOutcome } from './retrieval-list.ts'
import { SessionSide, type SessionSideRooms } from './session-side.ts'

export interface RetrievalRooms extends SessionSideRooms {
  readonly port: Pick<SipPort, 'contact'>
  readonly participating: Pick<Participating, 'retrieve' | 'received' | 'registrations'>
  readonly accounts: Pick<Accounts, 'find'>
  readonly ownAddress: string
  readonly log: SipLog
  readonly limits: { readonly sessions: number; readonly sessionsOfUser: number }
}

const SDP_TYPE = 'application/sdp'
/** Who names nothing wants everything. */
const EVERYTHING: RetrievalRequest = { kind: 'all', action: 'retrieve' }

export function createRetrievalSessions(rooms: RetrievalRooms): SipHandler {
  const places = createPlaces(rooms.limits.sessions, rooms.limits.sessionsOfUser)
  return async (request) => {
    const owner = await ownerOf(rooms, request)
    const device = await deviceOf(rooms, owner, request)
    const parts = partsOfBody(request)
    const list = parts.get(RETRIEVAL_TYPE)
    const asked = list === undefined ? EVERYTHING : readRetrieval(list)
    const description = readMsrpSdp(parts.get(SDP_TYPE) ?? new Uint8Array())
    if (description === undefined || !acceptsType(description, CPIM_TYPE)) return { status: 488 }
    if (description.direction === 'sendonly' || description.direction === 'inactive') return { status: 488 }
    const leave = places.enter(owner)
    if (leave === undefined) return { status: 503, headers: ['Retry-After: 60'] }
    const over = new AbortController()
    let session: RetrievalSession | undefined
    try {
      const events = await rooms.participating.retrieve(owner, device, asked, over.signal)
      session = new RetrievalSession(rooms, { owner, device, description, events, over, leave })
      return answered(rooms, session)
    } catch (error) {
      session?.abandon()
      leave()
      throw error
    }
  }
}

function answered({ port }: RetrievalRooms, session: RetrievalSession): SipAnswer {
  return {
    status: 200,
    headers: [`Contact: ${port.contact('deferred')}`],
    body: session.describe(),
    accepted: (dialog) => session.begin(dialog),
  }
}

/** @throws Refused `forbidden`: whom the core asserts has no account here. */
async function ownerOf({ accounts }: RetrievalRooms, request: SipRequest): Promise<Xui> {
  const { xui } = senderOf(request)
  const account = xui === undefined ? undefined : await accounts.find(xui)
  if (account?.role === 'user') return account.xui
  throw new Refused({ kind: 'forbidden', detail: 'Who asks has no messages here.' })
}

/** Which of his devices asks: by its instance or its GRUU (RFC 5627 §4.1), or by the contact that it registered. */
async function deviceOf({ participating }: RetrievalRooms, owner: Xui, request: SipRequest): Promise<string> {
  const contact = readContact(request.header('contact') ?? request.header('m') ?? '')
  const instance = instanceIn(contact)
  const gruu = instanceInGruu(contact.uri)
  const own = (await participating.registrations(owner)).filter(({ registered }) => registered)
  const found =
    own.find(({ device }) => [instance, gruu].some((named) => named !== undefined && isSameDevice(device, named))) ??
    own.find((each) => each.contact === contact.uri)
  if (found !== undefined) return found.device
  throw new Refused({ kind: 'forbidden', detail: 'The Contact names none of your registered devices.' })
}

interface Retrieving {
  readonly owner: Xui
  readonly device: string
  readonly description: MsrpDescription
  readonly events: AsyncIterable<RetrievalEvent>
  /** Nothing more is wanted. */
  readonly over: AbortController
  readonly leave: () => void
}

class RetrievalSession implements DialogOwner {
  readonly #rooms: RetrievalRooms
  readonly #retrieving: Retrieving
  readonly #side: SessionSide
  #session: MsrpSession | undefined
  #hasEnded = false

  constructor(rooms: RetrievalRooms, retrieving: Retrieving) {
    this.#rooms = rooms
    this.#retrieving = retrieving
    this.#side = new SessionSide(rooms, { messageBytes: 0, received: () => {} })
  }

  /** RFC 6135 §4.2: a device that could connect itself does, for it may be behind a NAT. */
  describe(): { readonly type: string; readonly bytes: Uint8Array } {
    return this.#side.describe(this.#weConnect() ? 'active' : 'passive', 'sendonly', [CPIM_TYPE])
  }

  begin(dialog: SipDialog): DialogOwner {
    void this.#run(dialog)
    return this
  }

  async request(request: SipRequest): Promise<SipAnswer> {
    if (request.method !== 'BYE') return { status: request.method === 'INVITE' ? 488 : 405 }
    this.#hasEnded = true
    this.#retrieving.over.abort()
    this.#session?.close()
    return { status: 200 }
  }

  /** It never begins. */
  abandon(): void {
    this.#retrieving.over.abort()
    this.#side.leave()
  }

  #weConnect(): boolean {
    return this.#retrieving.description.setup === 'passive'
  }

  async #run(dialog: SipDialog): Promise<void> {
    const { owner, device, description, over, leave } = this.#retrieving
    try {
      this.#session = await this.#side.join(description, this.#weConnect())
      if (!this.#hasEnded) await this.#tellAll(this.#session)
    } catch (error) {
      this.#rooms.log.warn({ owner, device, err: error }, 'a device could not get what it asked for; it waits on')
    } finally {
      over.abort()
      this.#session?.close()
      this.#side.leave()
      leave()
      if (!this.#hasEnded) await dialog.send('BYE')
      dialog.forget()
    }
  }

  async #tellAll(session: MsrpSession): Promise<void> {
    const { owner, device, events } = this.#retrieving
    for await (const event of events) if (!(await this.#tell(session, event))) return
    this.#rooms.log.info({ owner, device }, 'a device got what it asked for')
  }

  /** @returns false: the far end did not take it, so the rest waits on. */
  async #tell(session: MsrpSession, event: RetrievalEvent): Promise<boolean> {
    const { owner, device, description } = this.#retrieving
    switch (event.event) {
      case 'end':
        return true
      case 'action': {
        const { action, outcome } = event.data
        // It has the message itself.
        if (action === 'retrieve' && outcome === 'done') return true
        if (!acceptsType(description, RETRIEVAL_TYPE)) return true
        return (await session.send(RETRIEVAL_TYPE, writeOutcome(event.data))) === 200
      }
      default: {
        const { ownAddress, participating } = this.#rooms
        const { body } = contentFor(event, owner, ownAddress)
        if ((await session.send(body.type, body.bytes)) !== 200) return false
        await participating.received(owner, device, event.id)
        return true
      }
    }
  }
}
