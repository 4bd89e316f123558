/** X13: what the store keeps a copy of by itself, as the one profile says that decides this (U2). Pure. */
import { mediaTypeOf } from '../../media-type.ts'
import type { InForce } from '../../preferences/in-force.ts'
import type { Invitation, MediumRecording, SessionMedium } from '../participating.ts'
import type { Facts } from '../state/queue.ts'
import { firstMatch, leavesOf } from './media.ts'

/** Whether a copy of this message goes to the store. */
export function isRecorded({ profile: { storage } }: InForce, facts: Facts): boolean {
  const verdicts = leavesOf(facts.partTypes).map(
    (type) => firstMatch(storage.media ?? [], ({ contentType }) => contentType, type)?.store,
  )
  if (verdicts.includes(true)) return true
  const wanted = storage.messages || (storage.conversations && facts.conversation)
  return wanted && verdicts.includes(undefined)
}

/** Whether a session is kept, but for what the exceptions say of its media. */
export function isSessionRecorded(
  { profile: { storage } }: InForce,
  { conversation }: Pick<Invitation, 'conversation'>,
): boolean {
  return storage.sessions || (storage.conversations && conversation)
}

/**
 * Of a medium no more is known than its kind. So the first exception that has the whole of it decides here, and those
 * before it that have some of it go along: who carries the medium sees which type it is.
 *
 * @param otherwise what holds without an exception.
 */
export function mediumRecording(
  { profile: { storage } }: InForce,
  type: SessionMedium,
  otherwise: boolean,
): MediumRecording {
  const media = (storage.media ?? []).map((one) => ({ ...one, pattern: mediaTypeOf(one.contentType) }))
  // The messages of a session (RFC 4975) carry any type, not only `message/…`.
  const whole = type === 'message' ? ['*/*'] : ['*/*', `${type}/*`]
  const found = media.findIndex(({ pattern }) => whole.includes(pattern))
  const exceptions = media
    .slice(0, found === -1 ? undefined : found)
    .filter(({ pattern }) => type === 'message' || pattern.startsWith(`${type}/`))
    .map(({ contentType, store }) => ({ contentType, store }))
  return { recorded: media[found]?.store ?? otherwise, ...(exceptions.length === 0 ? {} : { exceptions }) }
}
