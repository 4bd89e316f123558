/** The devices that registered with the core, put together: who says so, their inboxes, and the ways to them. */
import type { Accounts } from '../access/account.ts'
import type { Homes } from '../home/home.ts'
import type { Participating } from '../participating/participating.ts'
import type { Xui } from '../names.ts'
import type { SipLog } from './connection.ts'
import { createDeliver } from './deliver.ts'
import { createDeviceInboxes } from './device-inboxes.ts'
import { createMessageOut } from './message-out.ts'
import type { SipPort } from './port.ts'
import { createSessionPush } from './push.ts'
import { createRegisteredDevices, type RegisteredDevices } from './registered-devices.ts'
import { createRegistrationWatch } from './registration-watch.ts'
import { reopen } from './reopen.ts'
import type { SessionSideRooms } from './session-side.ts'
import type { SipSettings } from './settings.ts'

export interface DevicesRooms extends SessionSideRooms {
  readonly settings: Pick<SipSettings, 'registrations'>
  readonly participating: Participating
  readonly accounts: Pick<Accounts, 'list'>
  readonly homes: Pick<Homes, 'onCommit' | 'scheduled'>
  readonly port: SipPort
  readonly ownName: Xui
  /** Whether this server is his one of those behind the core. */
  readonly serves: (owner: Xui) => boolean
  readonly log: SipLog
}

export interface Devices {
  readonly registered: RegisteredDevices
  /** The core is there, or there again. */
  connected(): void
  /** Serves whatever is registered from here. */
  takeOver(): void
  /** Users have other servers than before. */
  share(): void
  stop(): void
}

export function createDevices(rooms: DevicesRooms): Devices {
  const { participating, accounts, clock, random, log, port, ownName } = rooms
  const outside = { port, ownAddress: ownName, clock }
  const deliver = createDeliver(createMessageOut(outside), createSessionPush({ ...rooms, ownAddress: ownName }))
  const inboxes = createDeviceInboxes({ participating, clock, random, log, deliver })
  const registered = createRegisteredDevices({ participating, ...inboxes })
  // Without being asked, the core itself says by its REGISTERs at which server a user's devices are.
  const isAsked = rooms.settings.registrations === 'reg-event'
  const serves: DevicesRooms['serves'] = isAsked ? rooms.serves : () => true
  const watch = isAsked ? createRegistrationWatch({ ...rooms, ownAddress: ownName, devices: registered }) : undefined
  const watchAnew = (): void =>
    void watch
      ?.begin()
      .catch((error: unknown) => log.error({ err: error }, 'not everybody could be asked for who registered'))
  // There may be many, and nobody waits for it.
  const openAll = (): void =>
    void reopen({ participating, accounts, serves, appeared: inboxes.appeared }).catch((error: unknown) =>
      log.error({ err: error }, 'not all devices could be found; each is with its next REGISTER'),
    )
  return {
    registered,
    connected() {
      inboxes.again()
      watchAnew()
    },
    takeOver() {
      openAll()
      watchAnew()
    },
    share() {
      if (watch === undefined) return
      inboxes.leave((owner) => !serves(owner))
      openAll()
      void watch.share().catch((error: unknown) => log.error({ err: error }, 'not everybody’s server could be changed'))
    },
    stop() {
      inboxes.stop()
      watch?.stop()
    },
  }
}
