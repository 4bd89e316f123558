/**
 * The core says who registered (C1): by a REGISTER of its own with the device's inside (3GPP TS 24.229 §5.4.1.7), the
 * only channel that names the device, because reg event documents of today's cores lack `+sip.instance`. What it says
 * holds as long as it says.
 */
import type { Accounts } from '../access/account.ts'
import type { Xui } from '../names.ts'
import type { RegistrationRequest } from '../participating/registration.ts'
import { Refused } from '../refusal.ts'
import { canonicalXui } from '../xui.ts'
import {
  instanceIn,
  readRegister,
  REGISTERED_SECONDS_UNSAID,
  secondsOf,
  type OriginalRegister,
  type RegisteredContact,
} from './contacts.ts'
import { addressOfRecord } from './identity.ts'
import type { SipHandler } from './port.ts'
import { isDevice, type RegisteredDevices } from './registered-devices.ts'

interface RegistrationRooms {
  readonly accounts: Pick<Accounts, 'find'>
  readonly devices: RegisteredDevices
}

export function createRegistrations(rooms: RegistrationRooms): SipHandler {
  return async (request) => {
    const owner = canonicalXui(addressOfRecord(request.to))
    if (owner === undefined || (await rooms.accounts.find(owner)) === undefined)
      throw new Refused({ kind: 'unknown-user', detail: 'There is no such user here.' })
    const original = readRegister(request.body)
    if (original === undefined)
      throw new Refused({ kind: 'bad-request', detail: 'The body is no REGISTER as message/sip.' })
    const fallback = secondsOf(request.header('expires')) ?? REGISTERED_SECONDS_UNSAID
    if (original.contacts === '*') {
      await rooms.devices.allEnded(owner)
      return { status: 200 }
    }
    for (const contact of original.contacts) await take(rooms.devices, owner, original, contact, fallback)
    return { status: 200 }
  }
}

async function take(
  devices: RegisteredDevices,
  owner: Xui,
  original: OriginalRegister,
  contact: RegisteredContact,
  fallback: number,
): Promise<void> {
  const device = deviceIn(contact)
  if (device === undefined) return
  const seconds = secondsOf(contact.parameters.get('expires')) ?? original.expires ?? fallback
  if (seconds === 0) {
    await devices.ended(owner, device)
    return
  }
  // RFC 5627 §3.2: a GRUU reaches this device, whatever becomes of its connection.
  const reached = original.supportsGruu ? `${owner};gr=${device}` : contact.uri
  await devices.took(owner, device, { ...capabilities(original, contact), expiresIn: seconds, contact: reached })
}

/** RFC 5626 §4.1. A contact without one cannot be told from the next, so it is no device. */
function deviceIn(contact: RegisteredContact): string | undefined {
  const device = instanceIn(contact)
  return isDevice(device) ? device : undefined
}

/** RFC 3840 §10: `type` lists media types. What is not said is not known, so everything is taken to be accepted. */
function capabilities(
  original: OriginalRegister,
  { parameters }: RegisteredContact,
): Omit<RegistrationRequest, 'expiresIn'> {
  const types = parameters
    .get('type')
    ?.split(',')
    .map((type) => type.trim().toLowerCase())
  const isListed =
    types !== undefined &&
    types.length <= 64 &&
    types.every((type) => /^[a-z0-9!#$&_.+^-]+\/[a-z0-9!#$&_.+^*-]+$/.test(type))
  return {
    accepts: isListed ? types : undefined,
    maxBytes: undefined,
    connectivity: connectivityOf(original.accessNetwork),
  }
}

function connectivityOf(accessNetwork: string | undefined): string | undefined {
  if (accessNetwork === undefined) return undefined
  if (/^\s*IEEE-802\.11/i.test(accessNetwork)) return 'wifi'
  return /^\s*3GPP/i.test(accessNetwork) ? 'cellular' : undefined
}
