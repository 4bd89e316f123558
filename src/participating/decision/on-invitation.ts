/** Who may be invited to a session, to which media of it (X12), and what of them is recorded (X13). Pure. */
import type { ProfileInForce } from '../../preferences/in-force.ts'
import type { Invitation, InvitationDecision, MediumAnswer, MediumDecision, SessionMedium } from '../participating.ts'
import { isListed, type UserSnapshot } from './applicability.ts'
import { decidingProfile } from './deferral.ts'
import { isSessionRecorded, mediumRecording } from './recording.ts'

export function onInvitation(snapshot: UserSnapshot, invitation: Invitation): InvitationDecision {
  const { preferences, devices } = snapshot
  const inForce = decidingProfile(snapshot)
  const { sessions } = inForce.profile
  const excepted = preferences.excepted({ uri: invitation.from, undisclosed: invitation.privacy })
  // X14 (2), by the device's own profile.
  const listed = devices.filter(({ inForce: { profile }, registration: { device } }) =>
    isListed(profile.devices.invitations, device),
  )
  // Do-not-disturb counts as unavailable for invitations (X12, ours).
  const reached = listed.filter(({ dndActive }) => excepted || !dndActive)
  if (reached.length === 0) {
    const answer = sessions.unavailable ?? 'reject'
    const reason = listed.length === 0 ? 'no-applicable-device' : 'do-not-disturb'
    return { answer, media: invitation.media.map(refused), recorded: false, devices: [], reason }
  }
  const isKept = isSessionRecorded(inForce, invitation)
  const media = invitation.media.map((type) => {
    const said = answerFor(sessions, type)
    return said === 'reject' ? refused(type) : { type, answer: said, ...mediumRecording(inForce, type, isKept) }
  })
  const answer = overallOf(media)
  const to = answer === 'reject' ? [] : reached.map(({ registration: { device } }) => device)
  const recorded = media.length === 0 ? isKept : media.some(isSomeRecorded)
  return { answer, media, recorded, devices: to, reason: 'preference' }
}

/** Of what is not there nothing is recorded. */
function refused(type: SessionMedium): MediumDecision {
  return { type, answer: 'reject', recorded: false }
}

function isSomeRecorded({ recorded, exceptions = [] }: MediumDecision): boolean {
  return recorded || exceptions.some(({ store }) => store)
}

function answerFor({ media = [], otherwise }: ProfileInForce['sessions'], type: SessionMedium): MediumAnswer {
  return media.find((each) => each.type === type)?.answer ?? otherwise
}

/** U16. Without any medium it is the user's to say. */
function overallOf(media: readonly { readonly answer: MediumAnswer }[]): MediumAnswer {
  if (media.length === 0 || media.some(({ answer }) => answer === 'ask')) return 'ask'
  return media.some(({ answer }) => answer === 'accept') ? 'accept' : 'reject'
}
