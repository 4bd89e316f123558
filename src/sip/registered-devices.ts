/** What the core says about devices, whichever way it says it, becomes their registrations and opens their inboxes. */
import { deviceKey, isSameDevice } from '../device.ts'
import { createHash } from 'node:crypto'
import type { Xui } from '../names.ts'
import type { Participating } from '../participating/participating.ts'
import type { RegistrationRequest } from '../participating/registration.ts'
import { createQueues } from '../queue.ts'
import { instanceInGruu, REGISTERED_SECONDS_UNSAID } from './contacts.ts'
import type { ReportedContact, ReportedRegistrations } from './reginfo.ts'

export interface RegisteredDevicesRooms {
  readonly participating: Pick<Participating, 'register' | 'registrations'>
  /** The device is there now, at this contact; or it is no more. */
  readonly appeared: (owner: Xui, device: string, contact: string) => Promise<void>
  readonly disappeared: (owner: Xui, device: string) => void
}

export interface RegisteredDevices {
  /** It is there, at `contact`, for as long as the core says. */
  took(owner: Xui, device: string, request: RegistrationRequest & { readonly contact: string }): Promise<void>
  ended(owner: Xui, device: string): Promise<void>
  allEnded(owner: Xui): Promise<void>
  /** What a NOTIFY of the core said. */
  reported(owner: Xui, registrations: ReportedRegistrations): Promise<void>
}

const DEVICE = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$/

export function createRegisteredDevices(rooms: RegisteredDevicesRooms): RegisteredDevices {
  const { participating, appeared, disappeared } = rooms
  const known = async (owner: Xui): Promise<Awaited<ReturnType<Participating['registrations']>>> =>
    (await participating.registrations(owner)).filter(({ via }) => via === 'sip')

  const took: RegisteredDevices['took'] = async (owner, device, request) => {
    await participating.register(owner, device, request)
    await appeared(owner, device, request.contact)
  }
  /** It stays known: only then can it be told by other ways that something waits (D6). */
  const ended: RegisteredDevices['ended'] = async (owner, device) => {
    const found = (await participating.registrations(owner)).find((each) => isSameDevice(each.device, device))
    if (found === undefined) return
    const { accepts, maxBytes, connectivity } = found
    await participating.register(owner, device, { accepts, maxBytes, connectivity, expiresIn: 0 })
    disappeared(owner, device)
  }
  const allEnded: RegisteredDevices['allEnded'] = async (owner) => {
    for (const { device } of await known(owner)) await ended(owner, device)
  }
  const reported: RegisteredDevices['reported'] = async (owner, { isFull, contacts }) => {
    const before = await known(owner)
    const active = new Map(contacts.filter(({ isActive }) => isActive).map((each) => [deviceKey(deviceAt(each)), each]))
    for (const { device, registered } of before) {
      const isGone =
        !active.has(deviceKey(device)) && (isFull || contacts.some((each) => isSameDevice(deviceAt(each), device)))
      if (registered && isGone) await ended(owner, device)
    }
    for (const [device, { uri, gruu, expires = REGISTERED_SECONDS_UNSAID }] of active) {
      const same = before.find((each) => isSameDevice(each.device, device))
      await took(owner, device, {
        accepts: same?.accepts,
        maxBytes: same?.maxBytes,
        connectivity: same?.connectivity,
        expiresIn: expires,
        contact: gruu ?? uri,
      })
    }
  }

  // 1. The core says that a device is there. 2. It says that it is not, while the device is not known yet. 3. The
  // device is registered. So what is said of one user is taken in the order in which it came.
  const inOrder = createQueues<Xui>()
  return {
    took: (owner, ...more) => inOrder.run(owner, () => took(owner, ...more)),
    ended: (owner, device) => inOrder.run(owner, () => ended(owner, device)),
    allEnded: (owner) => inOrder.run(owner, () => allEnded(owner)),
    reported: (owner, registrations) => inOrder.run(owner, () => reported(owner, registrations)),
  }
}

/** RFC 5626 §4.1: `urn:…`, between angle brackets where it is a parameter. */
export function isDevice(name: string | undefined): name is string {
  return name !== undefined && name.length <= 255 && DEVICE.test(name)
}

/**
 * By its instance, or the GRUU that has it. A registrar that tells neither (Kamailio’s) leaves only the contact: a
 * device that moves is another one then, and the one before ends.
 */
function deviceAt({ uri, instance, gruu }: ReportedContact): string {
  const named = instance ?? instanceInGruu(gruu ?? '')
  if (isDevice(named)) return named
  return `urn:cpm-xdms:contact:${createHash('sha256').update(uri).digest('base64url').slice(0, 22)}`
}
