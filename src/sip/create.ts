/** The second door, put together: SIP to one core, in front of the same participating function. */
import type { Accounts } from '../access/account.ts'
import type { Clock, Randomness } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Leases } from '../home/leases.ts'
import type { Changes } from '../notify/watch.ts'
import type { Forwarding } from '../participating/contracts/forwarding.ts'
import type { Participating } from '../participating/participating.ts'
import type { Xui } from '../names.ts'
import { createTlsIdentity, type TlsIdentity } from '../tls-identity.ts'
import { createMsrpTransport, type MsrpTransport } from '../msrp/transport.ts'
import { readMsrpUri } from '../msrp/uri.ts'
import type { SipLog } from './connection.ts'
import { createDevices } from './devices.ts'
import { createSipForward } from './forward.ts'
import { createInvitations, createInviteHandler } from './invitations.ts'
import type { SipHandler } from './port.ts'
import { createMessageIn } from './message-in.ts'
import { createRegistrations } from './registrations.ts'
import { createReportsOut } from './reports-out.ts'
import { createRetrievalSessions } from './retrieval.ts'
import { createServers } from './servers.ts'
import type { SessionSideRooms } from './session-side.ts'
import type { SipSettings } from './settings.ts'
import { createSipStack } from './stack.ts'
import { createSubscriptions } from './subscriptions.ts'
import type { ApplicationUsages } from '../xcap/application-usage.ts'

interface SipRooms {
  readonly settings: SipSettings
  readonly participating: Participating
  readonly accounts: Pick<Accounts, 'find' | 'list'>
  readonly homes: Homes
  readonly leases: Leases
  readonly changes: Changes
  readonly xcap: { readonly usages: ApplicationUsages }
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

export interface SipSide {
  /** Listens, and connects to the core as soon as that is there. @throws where it cannot listen. */
  start(): Promise<void>
  stop(): Promise<void>
  /** The way to addresses of other domains. */
  readonly forwarding: Forwarding
}

export function createSip(rooms: SipRooms): SipSide {
  const { settings, accounts, clock, random, log } = rooms
  const { limits, leaseFor } = settings
  const ownName = `sip:deferred@${settings.domain}` as Xui
  const tls = createTlsIdentity(settings.tls)
  const stack = createSipStack(settings, { clock, random, log, tls }, () => handlers)
  const { msrp, sides } = sessionsOf(settings, { clock, random, tls })
  const serves = (owner: Xui): boolean => servers.serves(owner)
  const devices = createDevices({ ...rooms, ...sides, port: stack, ownName, serves })
  const watching = createSubscriptions({
    ...rooms,
    usages: rooms.xcap.usages,
    root: settings.xcapRoot,
    contact: stack.contact,
    limits,
  })
  const handlers: Readonly<Record<string, SipHandler>> = {
    MESSAGE: createMessageIn({ ...rooms, ownName, bytesAtMost: limits.messageBytes }),
    SUBSCRIBE: watching.subscribe,
    INVITE: createInviteHandler(ownName, {
      user: createInvitations({ ...rooms, port: stack, limits }),
      deferred: createRetrievalSessions({ ...rooms, ...sides, port: stack, ownAddress: ownName, limits }),
    }),
    ...(settings.registrations === 'third-party' && {
      REGISTER: createRegistrations({ accounts, devices: devices.registered }),
    }),
  }
  const reports = createReportsOut({ ...rooms, port: stack, ownName, leaseFor })
  const address = `${settings.host}:${settings.port}`
  const servers = createServers({
    ...rooms,
    leaseFor,
    ownName,
    address,
    takeOver: async () => devices.takeOver(),
    shared: async () => devices.share(),
  })
  stack.onConnected(() => {
    devices.connected()
    reports.start()
  })
  return {
    forwarding: createSipForward(stack),
    async start() {
      await msrp.start()
      await stack.start()
      await servers.start()
    },
    async stop() {
      await servers.stop()
      devices.stop()
      reports.stop()
      watching.stop()
      await msrp.stop()
      await stack.stop()
    },
  }
}

/** What devices send in a session is a list of what they want. */
const MSRP_LIMITS = { headBytes: 8_192, bodyBytes: 65_536, messageBytes: 262_144 }

function sessionsOf(
  { host, msrpPort, msrpSecure: secure, relay }: SipSettings,
  rooms: Pick<SessionSideRooms, 'clock' | 'random'> & { readonly tls: TlsIdentity },
): { readonly msrp: MsrpTransport; readonly sides: SessionSideRooms } {
  const msrp = createMsrpTransport({ host, port: msrpPort, secure, limits: MSRP_LIMITS }, rooms)
  const toRelay = relay === undefined ? undefined : readMsrpUri(relay)
  return { msrp, sides: { ...rooms, msrp, host, msrpPort, secure, relay: toRelay } }
}
