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
import { createDeliver } from './deliver.ts'
import { createDeviceInboxes } from './device-inboxes.ts'
import { createSipForward } from './forward.ts'
import { createInvitations } from './invitations.ts'
import type { SipHandler } from './port.ts'
import { createMessageIn } from './message-in.ts'
import { createMessageOut } from './message-out.ts'
import { createSessionPush } from './push.ts'
import { createRegistrations } from './registrations.ts'
import { createReportsOut } from './reports-out.ts'
import { reopen } from './reopen.ts'
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
  const { settings, participating, accounts, clock, random, log } = rooms
  const ownName = `sip:deferred@${settings.domain}` as Xui
  const messageIn = createMessageIn({
    participating,
    accounts,
    clock,
    ownName,
    bytesAtMost: settings.limits.messageBytes,
  })
  const inboxes = createDeviceInboxes({
    participating,
    clock,
    random,
    log,
    deliver: (to, offered, became) => deliver(to, offered, became),
  })
  const registrations = createRegistrations({ participating, accounts, ...inboxes })
  const watching = createSubscriptions({
    ...rooms,
    usages: rooms.xcap.usages,
    root: { uri: `${settings.xcapScheme}://${settings.domain}${settings.xcapRoot}/`, path: settings.xcapRoot },
    contact: (user) => stack.contact(user),
    limits: settings.limits,
  })
  const invited: SipHandler = (...call) => invitations(...call)
  const handlers = { MESSAGE: messageIn, REGISTER: registrations, SUBSCRIBE: watching.subscribe, INVITE: invited }
  const tls = createTlsIdentity(settings.tls)
  const stack = createSipStack(settings, { clock, random, log, tls }, handlers)
  const invitations = createInvitations({ ...rooms, port: stack, limits: settings.limits })
  const { msrp, sides } = sessionsOf(settings, { clock, random, tls })
  const outside = { port: stack, ownAddress: ownName, clock, random }
  const push = createSessionPush({ ...outside, ...sides, log })
  const deliver = createDeliver(createMessageOut(outside), push)
  const reports = createReportsOut({ ...rooms, port: stack, ownName, leaseFor: settings.leaseFor })
  const servers = createServers({
    ...rooms,
    leaseFor: settings.leaseFor,
    ownName,
    address: `${settings.host}:${settings.port}`,
    takeOver: async () => {
      // There may be many, and nobody waits for it.
      void reopen({ participating, accounts, appeared: inboxes.appeared }).catch((error: unknown) =>
        log.error({ err: error }, 'not all devices could be found; each is with its next REGISTER'),
      )
    },
  })
  stack.onConnected(() => {
    inboxes.again()
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
      inboxes.stop()
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
