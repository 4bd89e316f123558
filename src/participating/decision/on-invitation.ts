/** Who may be invited to a session, and to which media of it (X12). Pure. */
import type { ProfileInForce } from '../../preferences/in-force.ts'
import type { Invitation, InvitationDecision, MediumAnswer, SessionMedium } from '../participating.ts'
import { isListed, type UserSnapshot } from './applicability.ts'
import { decidingProfile } from './deferral.ts'

export function onInvitation(snapshot: UserSnapshot, invitation: Invitation): InvitationDecision {
  const { preferences, devices } = snapshot
  const { sessions } = decidingProfile(snapshot).profile
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
    return { answer, media: invitation.media.map((type) => ({ type, answer: 'reject' as const })), devices: [], reason }
  }
  const media = invitation.media.map((type) => ({ type, answer: answerFor(sessions, type) }))
  const answer = overallOf(media)
  const to = answer === 'reject' ? [] : reached.map(({ registration: { device } }) => device)
  return { answer, media, devices: to, reason: 'preference' }
}

function answerFor({ media = [], otherwise }: ProfileInForce['sessions'], type: SessionMedium): MediumAnswer {
  return media.find((each) => each.type === type)?.answer ?? otherwise
}

/** U16. Without any medium it is the user's to say. */
function overallOf(media: readonly { readonly answer: MediumAnswer }[]): MediumAnswer {
  if (media.length === 0 || media.some(({ answer }) => answer === 'ask')) return 'ask'
  return media.some(({ answer }) => answer === 'accept') ? 'accept' : 'reject'
}
