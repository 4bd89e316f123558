/**
 * Push (A C.3.3.1, D9): an INVITE to one device, an MSRP session, everything in order that it may have, BYE. The far
 * end's report of a whole message is its acknowledgement.
 */
import { CPIM_TYPE } from '../cpim/cpim.ts'
import { acceptsType, readMsrpSdp } from '../msrp/sdp.ts'
import type { MsrpSession } from '../msrp/session.ts'
import type { SipLog } from './connection.ts'
import { LATE_MS, type Became, type DeviceAddress, type DeviceAnswer, type Offered } from './device-inbox.ts'
import { contentFor } from './outgoing-content.ts'
import type { DialogOwner, SipPort } from './port.ts'
import { SessionSide, type SessionSideRooms } from './session-side.ts'

export interface SessionPushRooms extends SessionSideRooms {
  readonly port: Pick<SipPort, 'open' | 'contact'>
  readonly ownAddress: string
  readonly log: SipLog
}

/** `false`: the device takes no session, and nothing was sent. */
export type SessionPush = (to: DeviceAddress, offered: readonly Offered[], became: Became) => Promise<boolean>

const DEFERRED_SERVICE = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"'

/** RFC 3261 §21.4, §21.6: it is there, and speaks no MSRP or wants none. */
const TAKES_NO_SESSION = new Set([405, 406, 415, 420, 488, 501, 603, 606])
/** RFC 4975 §10: what the far end will say of this message another time, too. */
const REFUSED_FOR_GOOD = new Set([400, 403, 413, 415])

export function createSessionPush(rooms: SessionPushRooms): SessionPush {
  return async (to, offered, became) => {
    const [first] = offered
    if (first === undefined) return false
    const side = new SessionSide(rooms, { messageBytes: 0, received: () => {} })
    try {
      return await pushed(rooms, side, to, [first, ...offered.slice(1)], became)
    } catch (error) {
      rooms.log.warn({ owner: to.owner, device: to.device, err: error }, 'a session with a device could not be set up')
      await became(first, 'not-now')
      return true
    } finally {
      side.leave()
    }
  }
}

async function pushed(
  rooms: SessionPushRooms,
  side: SessionSide,
  to: DeviceAddress,
  offered: readonly [Offered, ...(readonly Offered[])],
  became: Became,
): Promise<boolean> {
  const { port, ownAddress } = rooms
  const owner = ownerOf()
  const { response, dialog } = await port.open(
    {
      method: 'INVITE',
      uri: to.contact,
      from: ownAddress,
      to: to.owner,
      headers: [
        `Contact: ${port.contact('deferred')};${DEFERRED_SERVICE}`,
        `P-Asserted-Identity: <${ownAddress}>`,
        `Accept-Contact: *;${DEFERRED_SERVICE}`,
      ],
      body: side.describe('actpass', 'sendonly', [CPIM_TYPE]),
    },
    owner.dialog,
  )
  if (dialog === undefined) {
    if (TAKES_NO_SESSION.has(response.status)) return false
    await became(offered[0], 'not-now')
    return true
  }
  try {
    const answer = readMsrpSdp(response.body)
    if (answer === undefined || !acceptsType(answer, CPIM_TYPE)) return false
    const session = await side.join(answer, answer.setup !== 'active')
    owner.ends(session)
    await sendAll(rooms, to, offered, session, became).finally(() => session.close())
    return true
  } finally {
    if (!owner.hasEnded()) await dialog.send('BYE')
    dialog.forget()
  }
}

/** The device ends the session with BYE, or asks for something that this session does not have. */
function ownerOf(): {
  readonly dialog: DialogOwner
  ends(session: MsrpSession): void
  hasEnded(): boolean
} {
  let session: MsrpSession | undefined
  let hasEnded = false
  return {
    dialog: {
      async request(request) {
        if (request.method !== 'BYE') return { status: request.method === 'INVITE' ? 488 : 405 }
        hasEnded = true
        session?.close()
        return { status: 200 }
      },
    },
    ends(made) {
      session = made
      if (hasEnded) made.close()
    },
    hasEnded: () => hasEnded,
  }
}

async function sendAll(
  rooms: SessionPushRooms,
  to: DeviceAddress,
  offered: readonly Offered[],
  session: MsrpSession,
  became: Became,
): Promise<void> {
  for (const one of offered) {
    // D4: the session took its time, and do-not-disturb may have gone on meanwhile.
    if (rooms.clock.now() - one.at > LATE_MS && !(await one.isStillGood())) {
      await became(one, 'withdrawn')
      continue
    }
    const { body } = contentFor(one.event, to.owner, rooms.ownAddress)
    const answer = answerOfReport(await session.send(body.type, body.bytes))
    await became(one, answer)
    if (answer === 'not-now') return
  }
}

function answerOfReport(status: number): DeviceAnswer {
  if (status === 200) return 'taken'
  return REFUSED_FOR_GOOD.has(status) ? 'not-this' : 'not-now'
}
