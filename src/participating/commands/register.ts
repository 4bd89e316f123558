/** Which devices are there (C1), and what they said of themselves. */
import { isSameDevice } from '../../device.ts'
import { instantText, type Instant } from '../../clock.ts'
import type { Home } from '../../home/home.ts'
import { Refused } from '../../refusal.ts'
import { queueOf, type Registration } from '../state/queue.ts'
import { nextSequence } from '../state/totals.ts'
import type { Participating } from '../participating.ts'
import type { RegistrationRequest, RegistrationView } from '../registration.ts'
import type { PushAddress } from '../contracts/push.ts'
import type { ParticipatingSettings } from '../settings.ts'
import type { ParticipatingRooms, Transact } from '../transaction/contract.ts'

type Registering = Pick<Participating, 'register' | 'unregister'>

export function createRegistering(rooms: ParticipatingRooms, transact: Transact): Registering {
  const { settings } = rooms
  return {
    register: (owner, device, request) =>
      transact(owner, ({ queue, evaluation }) => {
        const { now } = evaluation.snapshot
        const known = queue.registrations.find((registration) => isSameDevice(registration.device, device))
        if (known === undefined && queue.registrations.length >= settings.devicesAtMost) {
          const detail = `A user has at most ${settings.devicesAtMost} devices. Delete one that is no longer in use.`
          throw new Refused({ kind: 'over-quota', detail })
        }
        const since: Beginning =
          known !== undefined && known.expires > now ? known : { began: now, turn: nextSequence(queue) }
        const push = addressOf(rooms, request.push, known?.push)
        const registration: Registration = {
          ...registered(known?.device ?? device, request, since, now, settings),
          ...(push === undefined ? {} : { push }),
          ...(known?.summarised === undefined ? {} : { summarised: known.summarised }),
        }
        const isNew = push?.kind === 'webhook' && push !== known?.push
        const others = queue.registrations.filter((other) => other !== known)
        const kind = known === undefined ? 'created' : 'refreshed'
        return {
          queue: { ...queue, registrations: [...others, registration] },
          answer: () => ({
            kind,
            registration: { ...viewOf(registration, now), ...(isNew ? { pushSecret: push.secret } : {}) },
          }),
        }
      }),
    unregister: (owner, device) =>
      transact(owner, ({ queue }) => {
        const others = queue.registrations.filter((other) => !isSameDevice(other.device, device))
        const known = others.length < queue.registrations.length
        return { queue: known ? { ...queue, registrations: others } : queue, answer: () => known }
      }),
  }
}

/** @throws Refused `not-of-the-format` for what nobody can push to. */
function addressOf(
  { peers }: ParticipatingRooms,
  wanted: RegistrationRequest['push'],
  known: PushAddress | undefined,
): PushAddress | undefined {
  if (wanted === undefined) return known
  if (wanted === 'none') return undefined
  if (wanted.kind === 'webhook' && known?.kind === 'webhook' && known.url === wanted.url) return known
  const address = wanted.kind === 'webhook' ? { ...wanted, secret: peers.push?.webhookSecret() ?? '' } : wanted
  const message = peers.push === undefined ? 'cannot be pushed to here' : peers.push.refusalOf(address)
  if (message === undefined) return address
  const errors = [{ path: '/push', message }]
  throw new Refused({ kind: 'not-of-the-format', detail: 'This push address will not do.', errors })
}

type Beginning = Pick<Registration, 'began' | 'turn' | 'inbox' | 'contact'>

/** @param since D9: a refresh does not begin anew, and its inbox stays; a device that had been gone does. */
function registered(
  device: string,
  request: RegistrationRequest,
  since: Beginning,
  now: Instant,
  settings: ParticipatingSettings,
): Registration {
  const seconds = Math.min(request.expiresIn ?? settings.registrationSeconds, settings.registrationSecondsAtMost)
  const { accepts, maxBytes, connectivity, contact = since.contact } = request
  return {
    device,
    began: since.began,
    turn: since.turn,
    ...(since.inbox === undefined ? {} : { inbox: since.inbox }),
    expires: now + seconds * 1000,
    ...(accepts === undefined ? {} : { accepts }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(connectivity === undefined ? {} : { connectivity }),
    ...(contact === undefined ? {} : { contact }),
  }
}

export function registrationsOf(home: Home, now: Instant): readonly RegistrationView[] {
  return [...queueOf(home).registrations]
    .sort((a, b) => (a.device < b.device ? -1 : 1))
    .map((registration) => viewOf(registration, now))
}

/**
 * The same with the device's inbox: the last one opened is the one, at whichever server (`transaction/inboxes.ts`).
 * @throws Refused `not-registered`
 */
export function withInbox(
  registrations: readonly Registration[],
  device: string,
  inbox: string,
  now: Instant,
): readonly Registration[] {
  const registration = registrations.find((known) => isSameDevice(known.device, device))
  if (registration !== undefined && registration.expires > now) {
    return registrations.map((known) => (known === registration ? { ...known, inbox } : known))
  }
  const before =
    registration === undefined ? 'Register the device' : 'The registration has expired. Register the device again'
  throw new Refused({ kind: 'not-registered', detail: `${before}, then open its inbox.` })
}

function viewOf(known: Registration, now: Instant): RegistrationView {
  const { turn: _turn, inbox: _inbox, push: _push, summarised: _summarised, ...registration } = known
  const { began, expires, contact } = registration
  const via = contact === undefined ? {} : { via: 'sip' as const }
  return {
    ...registration,
    ...via,
    began: instantText(began),
    expires: instantText(expires),
    registered: expires > now,
  }
}
