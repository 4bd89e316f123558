/**
 * What was found out of messages that wait. It holds as long as nothing is another that decides about them: the
 * preferences, the registrations, the open inboxes, and whom do-not-disturb covers. So of a thousand that wait only
 * those are looked at again whose situation can be another. Facts and entries are immutable: what is found of one holds
 * for that very object, whoever committed it or failed to.
 */
import type { Instant } from '../../clock.ts'
import type { UserPreferences } from '../../preferences/in-force.ts'
import type { Entry, Facts, Registration } from '../state/queue.ts'
import { snapshotOf, type Situation, type UserSnapshot } from './applicability.ts'

export interface Findings {
  readonly situations: WeakMap<Facts, Situation>
  readonly unchanged: WeakMap<Entry, Instant>
}

interface Found extends Findings {
  readonly snapshot: UserSnapshot
  readonly registrations: readonly Registration[]
  readonly open: ReadonlyMap<string, string>
  /** When time alone makes the snapshot another one. */
  readonly until: Instant
}

export type FindingsOf = (
  preferences: UserPreferences,
  registrations: readonly Registration[],
  open: ReadonlyMap<string, string>,
  now: Instant,
) => { readonly snapshot: UserSnapshot; readonly findings: Findings }

/** Kept for as long as somebody else keeps the preferences, which are read anew where a document is another. */
export function createFindings(): FindingsOf {
  const found = new WeakMap<UserPreferences, Found>()
  return (preferences, registrations, open, now) => {
    const last = found.get(preferences)
    if (last !== undefined && last.registrations === registrations && areSame(last.open, open) && holdsAt(last, now))
      return { snapshot: { ...last.snapshot, now }, findings: last }
    const snapshot = snapshotOf(preferences, registrations, now)
    const until = heldUntil(snapshot, registrations)
    const fresh: Found = { snapshot, registrations, open, until, situations: new WeakMap(), unchanged: new WeakMap() }
    found.set(preferences, fresh)
    return { snapshot, findings: fresh }
  }
}

/** A clock that was set back is before the instant that it was found at. */
function holdsAt({ snapshot, until }: Found, now: Instant): boolean {
  return snapshot.now <= now && now < until
}

/** A registration ends, or do-not-disturb begins or ends: for a device, registered or not, or for the user. */
function heldUntil({ preferences, now, known }: UserSnapshot, registrations: readonly Registration[]): Instant {
  const lapses = registrations.flatMap(({ expires }) => (expires > now ? [expires] : []))
  const boundaries = [undefined, ...known].flatMap((device) => preferences.disturbance(device, now).until ?? [])
  return Math.min(Infinity, ...lapses, ...boundaries)
}

function areSame(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([device, inbox]) => other.get(device) === inbox)
}
