/**
 * What the documents of one user mean at one revision of his home. `read.ts` makes it; `participating/` and `http/` ask
 * it.
 */
import type { Instant } from '../clock.ts'
import type { Etag } from '../names.ts'
import type { Originator, Preferences, ProviderPolicy } from './model.ts'

type Section<K extends keyof Preferences> = NonNullable<Preferences[K]>
type With<T, K extends keyof T> = T & Required<Pick<T, K>>

/**
 * A profile as it counts: what it leaves unset is filled in from the policy's `defaults`, and from ours where those are
 * silent.
 */
export interface ProfileInForce extends Preferences {
  /** Every preference that `schemas/README.md` gives a default for is set here. */
  readonly messages: Required<Section<'messages'>>
  readonly deferred: With<Section<'deferred'>, 'mode' | 'keepFor' | 'onExpiry'>
  readonly sessions: With<Section<'sessions'>, 'otherwise'>
  readonly storage: With<Section<'storage'>, 'messages' | 'sessions' | 'conversations'>
  readonly devices: Required<Section<'devices'>>
}

/** The provider's policy with ours where it is silent. */
export interface PolicyInForce extends ProviderPolicy {
  readonly limits: Required<NonNullable<ProviderPolicy['limits']>>
  readonly notices: Required<NonNullable<ProviderPolicy['notices']>>
  readonly reports: Required<NonNullable<ProviderPolicy['reports']>>
}

/**
 * A stored document that cannot be read, and why. What it would say is not known, so everything that hangs on it waits.
 */
export interface Unreadable {
  /** The key of the document in its home. */
  readonly document: string
  readonly detail: string
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

/** Whether a device is to be left alone at an instant (`schemas/README.md`). */
export interface Disturbance {
  readonly on: boolean
  /** Who has the say; `unreadable`: nobody knows, so nobody is disturbed. */
  readonly because: 'device' | 'device-schedule' | 'user' | 'user-schedule' | 'unset' | 'unreadable'
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
  readonly policy: PolicyInForce
  /** Documents that could not be read: for the log. */
  readonly unreadable: readonly Unreadable[]
  /** Devices with an entry of their own in do-not-disturb. */
  readonly ownEntries: readonly string[]
  /** `device` undefined: the user when no device is registered. */
  inForce(device: string | undefined): InForce
  disturbance(device: string | undefined, at: Instant): Disturbance
  /** True for an originator whom do-not-disturb lets through. */
  excepted(sender: Sender): boolean
  /**
   * True where one of a rule's originators is this sender: by URI, by domain, or by a list of the user (nested lists
   * included).
   */
  originates(originators: readonly Originator[], sender: Sender): boolean
  /** Names of lists that a preference uses and `resource-lists` does not have. */
  unknownLists(device: string | undefined): readonly string[]
}
