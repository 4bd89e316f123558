/** Our side of an MSRP session with a device: where it is reached, and how SDP says so. */
import { identifier } from '../clock.ts'
import { writeMsrpSdp, type MsrpDescription, type OwnDescription } from '../msrp/sdp.ts'
import { MsrpSession, type MsrpChannel, type SessionEnds, type SessionRooms } from '../msrp/session.ts'
import type { MsrpTransport } from '../msrp/transport.ts'
import { readMsrpUri, type MsrpUri } from '../msrp/uri.ts'
import type { TlsIdentity } from '../tls-identity.ts'
import type { SipBody } from './port.ts'

export interface SessionSideRooms extends SessionRooms {
  readonly msrp: Pick<MsrpTransport, 'connect' | 'expect'>
  /** Where far ends reach us. */
  readonly host: string
  readonly msrpPort: number
  /** Over TLS. */
  readonly secure: boolean
  readonly tls: Pick<TlsIdentity, 'fingerprint'>
  /** The relay through which all sessions go (RFC 4976), if there is one. */
  readonly relay: MsrpUri | undefined
}

/** The device has answered that it would connect to us. */
const CONNECTS_WITHIN_MS = 10_000

export class SessionSide {
  readonly #rooms: SessionSideRooms
  readonly #local: MsrpUri
  readonly #ends: { -readonly [name in keyof SessionEnds]: SessionEnds[name] }
  readonly #awaited: ReturnType<MsrpTransport['expect']>
  #joined: MsrpSession | undefined

  /** Whoever connects is awaited from here on: a device may do so before its answer has come through the core. */
  constructor(rooms: SessionSideRooms, incoming: Pick<SessionEnds, 'messageBytes' | 'received'>) {
    const { host, msrpPort, secure, random } = rooms
    const literal = host.includes(':') ? `[${host}]` : host
    const local = readMsrpUri(`msrp${secure ? 's' : ''}://${literal}:${msrpPort}/${identifier(random)};tcp`)
    if (local === undefined) throw new Error(`${host} cannot be named in a URI of MSRP.`)
    this.#rooms = rooms
    this.#local = local
    this.#ends = { local: [local], remote: [], ...incoming }
    // Also where we connect: a relay may bring the reports over a connection of its own.
    this.#awaited = rooms.msrp.expect(local, (channel) => this.#sessionOn(channel))
  }

  /** @param setup who connects, where there is no relay; to a relay we do. */
  describe(
    setup: OwnDescription['setup'],
    direction: OwnDescription['direction'],
    acceptTypes: readonly string[],
  ): SipBody {
    const { relay, host, random, secure, tls } = this.#rooms
    const bytes = writeMsrpSdp({
      host,
      path: relay === undefined ? [this.#local] : [relay, this.#local],
      setup: relay === undefined ? setup : 'active',
      direction,
      acceptTypes,
      fingerprint: secure ? tls.fingerprint() : undefined,
      id: Buffer.from(random(4)).readUInt32BE(),
    })
    return { type: 'application/sdp', bytes }
  }

  /**
   * @param weConnect RFC 6135 §4.2: a device behind a NAT must connect itself; to a relay we always do.
   * @throws Error: there is no way to the device, or it does not connect.
   */
  async join(device: MsrpDescription, weConnect: boolean): Promise<MsrpSession> {
    const { relay, msrp } = this.#rooms
    this.#ends.remote = relay === undefined ? device.path : [relay, ...device.path]
    const [hop] = this.#ends.remote
    if (hop === undefined) throw new Error('The device named no path.')
    if (!weConnect && relay === undefined) return this.#connected()
    const fingerprint = relay === undefined ? device.fingerprint : undefined
    return msrp.connect({ uri: hop, fingerprint }, (channel) => this.#newOn(channel))
  }

  /** The device is expected no more. */
  leave(): void {
    this.#awaited.callOff()
  }

  #connected(): Promise<MsrpSession> {
    const { clock } = this.#rooms
    return new Promise((resolve, reject) => {
      const callOff = clock.at(clock.now() + CONNECTS_WITHIN_MS, () =>
        reject(new Error('The device would connect, and did not.')),
      )
      void this.#awaited.connected.then((session) => {
        callOff()
        resolve(session)
      })
    })
  }

  #sessionOn(channel: MsrpChannel): MsrpSession {
    return (this.#joined ??= this.#newOn(channel))
  }

  #newOn(channel: MsrpChannel): MsrpSession {
    this.#joined = new MsrpSession(channel, this.#rooms, this.#ends)
    return this.#joined
  }
}
