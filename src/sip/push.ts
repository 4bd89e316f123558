/**
 * Push (A C.3.3.1, D9): an INVITE to one device, an MSRP session, everything in order that it may have, BYE. The far
 * end's report of a whole message is its acknowledgement.
 */
import type { Clock, Randomness } from '../clock.ts'
import { identifier } from '../clock.ts'
import { acceptsType, readMsrpSdp, writeMsrpSdp, type MsrpDescription } from '../msrp/sdp.ts'
import { MsrpSession, type MsrpChannel } from '../msrp/session.ts'
import type { MsrpTransport } from '../msrp/transport.ts'
import { readMsrpUri, type MsrpUri } from '../msrp/uri.ts'
import type { SipLog } from './connections.ts'
import { LATE_MS, type Became, type DeviceAddress, type DeviceAnswer, type Offered } from './device-inbox.ts'
import { contentFor } from './outgoing-content.ts'
import type { DialogOwner, SipPort } from './port.ts'

export interface SessionPushRooms {
  readonly port: Pick<SipPort, 'open' | 'contact'>
  readonly msrp: Pick<MsrpTransport, 'connect' | 'expect'>
  readonly ownAddress: string
  /** Where far ends reach our side of a session. */
  readonly host: string
  readonly msrpPort: number
  /** The relay through which all sessions go (RFC 4976), if there is one. */
  readonly relay: MsrpUri | undefined
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

/** `false`: the device takes no session, and nothing was sent. */
export type SessionPush = (to: DeviceAddress, offered: readonly Offered[], became: Became) => Promise<boolean>

const DEFERRED_SERVICE = '+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.deferred"'

/** RFC 3261 §21.4, §21.6: it is there, and speaks no MSRP or wants none. */
const TAKES_NO_SESSION = new Set([405, 406, 415, 420, 488, 501, 603, 606])
/** RFC 4975 §10: what the far end will say of this message another time, too. */
const REFUSED_FOR_GOOD = new Set([400, 403, 413, 415])
/** The device has answered that it would connect to us. */
const CONNECTS_WITHIN_MS = 10_000

export function createSessionPush(rooms: SessionPushRooms): SessionPush {
  return async (to, offered, became) => {
    const { port, ownAddress, host, msrpPort, random } = rooms
    const local = readMsrpUri(`msrp://${host.includes(':') ? `[${host}]` : host}:${msrpPort}/${identifier(random)};tcp`)
    const [first] = offered
    if (local === undefined || first === undefined) return false
    const own = rooms.relay === undefined ? [local] : [rooms.relay, local]
    const owner = ownerOf()
    const offer = writeMsrpSdp({
      host,
      path: own,
      setup: rooms.relay === undefined ? 'actpass' : 'active',
      direction: 'sendonly',
      acceptTypes: ['message/cpim'],
      id: Buffer.from(random(4)).readUInt32BE(),
    })
    // Who connects is decided by the answer, so whoever does is awaited from here on.
    const ends = createEnds(local)
    // Also where we connect: a relay may bring the reports over a connection of its own.
    let joined: MsrpSession | undefined
    const sessionOn = (channel: MsrpChannel): MsrpSession => new MsrpSession(channel, rooms, ends)
    const awaited = rooms.msrp.expect(local, (channel) => (joined ??= sessionOn(channel)))
    try {
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
          body: { type: 'application/sdp', bytes: offer },
        },
        owner.dialog,
      )
      if (dialog === undefined) {
        if (TAKES_NO_SESSION.has(response.status)) return false
        await became(first, 'not-now')
        return true
      }
      try {
        const answer = readMsrpSdp(response.body)
        if (answer === undefined || !acceptsType(answer, 'message/cpim')) return false
        ends.remote = rooms.relay === undefined ? answer.path : [rooms.relay, ...answer.path]
        const session = await joinedSession(
          rooms,
          answer,
          ends.remote,
          awaited.connected,
          (channel) => (joined = sessionOn(channel)),
        )
        owner.ends(session)
        await sendAll(rooms, to, offered, session, became).finally(() => session.close())
        return true
      } finally {
        if (!owner.hasEnded()) await dialog.send('BYE')
        dialog.forget()
      }
    } catch (error) {
      rooms.log.warn({ owner: to.owner, device: to.device, err: error }, 'a session with a device could not be set up')
      await became(first, 'not-now')
      return true
    } finally {
      awaited.callOff()
    }
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

/** A device may connect before its answer, with the way to it, has come through the core. */
function createEnds(local: MsrpUri) {
  return { local: [local], remote: [] as readonly MsrpUri[], messageBytes: 0, received: () => {} }
}

/** RFC 6135 §4.2: `active` in the answer means that the device connects, as one behind a NAT must. */
async function joinedSession(
  { msrp, relay, clock }: SessionPushRooms,
  answer: MsrpDescription,
  remote: readonly MsrpUri[],
  connected: Promise<MsrpSession>,
  sessionOf: (channel: MsrpChannel) => MsrpSession,
): Promise<MsrpSession> {
  const [hop] = remote
  if (hop === undefined) throw new Error('The device named no path.')
  if (relay !== undefined || answer.setup !== 'active') return msrp.connect(hop, sessionOf)
  return new Promise((resolve, reject) => {
    const callOff = clock.at(clock.now() + CONNECTS_WITHIN_MS, () =>
      reject(new Error('The device would connect, and did not.')),
    )
    void connected.then((session) => {
      callOff()
      resolve(session)
    })
  })
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
    const { cpim } = contentFor(one.event, to.owner, rooms.ownAddress, rooms.random)
    const answer = answerOfReport(await session.send('message/cpim', cpim))
    await became(one, answer)
    if (answer === 'not-now') return
  }
}

function answerOfReport(status: number): DeviceAnswer {
  if (status === 200) return 'taken'
  return REFUSED_FOR_GOOD.has(status) ? 'not-this' : 'not-now'
}
