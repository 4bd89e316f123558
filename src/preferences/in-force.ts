/** What the documents of one user mean at one revision of his home. `read.ts` makes it; `participating/` and `http/` ask it. */
import type { Instant } from '../clock.ts'
import type { Etag } from '../names.ts'
import type { Originator, Preferences, ProviderPolicy } from './model.ts'

/** A profile as it counts: what it leaves unset is filled in from the policy's `defaults`, and from ours where those are silent. */
export interface ProfileInForce extends Preferences {
  /** Every preference that `formats.md` gives a default for is set here. */
  readonly messages: Required<Pick<NonNullable<Preferences['messages']>, 'rules' | 'available' | 'unavailable'>>
  readonly deferred: NonNullable<Preferences['deferred']> & { readonly mode: 'notify' | 'push' | 'hand-over'; readonly keepFor: string; readonly onExpiry: 'discard' | 'store' | 'extend' }
}

export interface InForce {
  /** The document whose profile this is; missing when the policy's defaults are all there is. */
  readonly profileId: string | undefined
  readonly etag: Etag | undefined
  readonly because: 'device' | 'default' | 'only-policy'
  readonly profile: ProfileInForce
  /** The user's own `unavailable` decides, not the policy's (X8, reason of a deferred message). */
  readonly ownUnavailable: boolean
}

/** Whether a device is to be left alone at an instant (`formats.md`, do-not-disturb). */
export interface Disturbance {
  readonly on: boolean
  /** Who has the say. */
  readonly because: 'device' | 'device-schedule' | 'user' | 'user-schedule' | 'unset'
  /** When this ends by time alone; missing when it does not. */
  readonly until: Instant | undefined
}

/** Who sent a message, as preferences judge it. */
export interface Sender {
  /** As it was sent: any SIP, tel or other URI. */
  readonly uri: string
  readonly undisclosed: boolean
}

export interface UserPreferences {
  readonly policy: ProviderPolicy
  /** `device` undefined: the user when no device is registered. */
  inForce(device: string | undefined): InForce
  disturbance(device: string | undefined, at: Instant): Disturbance
  /** True for an originator whom do-not-disturb lets through. */
  excepted(sender: Sender): boolean
  /** True where one of a rule's originators is this sender: by URI, by domain, or by a list of the user (nested lists included). */
  originates(originators: readonly Originator[], sender: Sender): boolean
  /** Names of lists that a preference uses and `resource-lists` does not have. */
  unknownLists(device: string | undefined): readonly string[]
}
