/**
 * The four documents of our own as data: exactly their JSON form (`schemas/README.md`). Instants and durations stay
 * the text of the document. What is unset is missing.
 */
export type Action = 'deliver' | 'reject' | 'forward' | 'store' | 'interwork' | 'defer' | 'discard'

export type Originator = { readonly uri: string } | { readonly domain: string } | { readonly list: string }

export interface Rule {
  readonly id: string
  readonly action: Action
  readonly to?: string
  readonly when?: 'any' | 'available' | 'unavailable'
  readonly originators?: readonly Originator[]
  readonly undisclosedSender?: true
  readonly largerThan?: number
  readonly contentTypes?: readonly string[]
  readonly messageTypes?: readonly MessageType[]
}

export type MessageType = 'pager' | 'large' | 'file' | 'group'

export interface MessagesPreference {
  readonly rules?: readonly Rule[]
  readonly available?: { readonly action: Exclude<Action, 'discard'>; readonly to?: string }
  readonly unavailable?: { readonly action: 'discard' | 'defer' | 'store' | 'interwork' }
}

export interface DeferredPreference {
  readonly mode?: 'notify' | 'push' | 'hand-over'
  readonly keepFor?: string
  readonly onExpiry?: 'discard' | 'store' | 'extend'
  readonly extendBy?: string
  readonly extensions?: number
  readonly then?: 'discard' | 'store'
  readonly parts?: readonly ({ readonly keep: string } | { readonly drop: string; readonly whole?: boolean })[]
}

export interface AdaptationDevice {
  readonly id?: string
  readonly maxBytes?: number
  readonly otherwise?: 'convert' | 'leave-out' | 'withhold'
  readonly accepts?: readonly string[]
}

type SessionMedia = 'audio' | 'video' | 'text' | 'image' | 'application' | 'message'

interface DeviceChoice {
  readonly to: 'all' | 'listed'
  readonly devices?: readonly string[]
}

/** What a profile and the policy's `defaults` have in common. */
export interface Preferences {
  readonly messages?: MessagesPreference
  readonly deferred?: DeferredPreference
  readonly contentAdaptation?: { readonly devices?: readonly AdaptationDevice[] }
  readonly sessions?: {
    readonly unavailable?: 'reject' | 'interwork'
    readonly otherwise?: 'ask' | 'accept' | 'reject'
    readonly media?: readonly { readonly type: SessionMedia; readonly answer: 'accept' | 'reject' | 'ask' }[]
  }
  readonly storage?: {
    readonly messages?: boolean
    readonly sessions?: boolean
    readonly conversations?: boolean
    readonly media?: readonly { readonly contentType: string; readonly store: boolean }[]
  }
  readonly devices?: {
    readonly messages?: DeviceChoice
    readonly invitations?: DeviceChoice
    readonly reports?: DeviceChoice
  }
  readonly interworking?: {
    readonly services?: readonly { readonly name: string; readonly priority: number; readonly address?: string }[]
  }
}

export interface Profile extends Preferences {
  readonly id: string
  readonly displayNames: readonly { readonly lang?: string; readonly text: string }[]
}

export interface ActiveProfile {
  readonly default: string
  readonly devices?: readonly { readonly id: string; readonly profile: string }[]
}

export interface Quiet {
  readonly id: string
  readonly days: readonly Day[]
  readonly from: string
  readonly to: string
}

export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

export interface Schedule {
  readonly timeZone: string
  readonly quiet?: readonly Quiet[]
}

/** The hand switch, its end, and the weekly schedule: of the user or of one device. */
export interface DisturbSetting {
  readonly on?: boolean
  readonly until?: string
  readonly schedule?: Schedule
}

export interface DoNotDisturb extends DisturbSetting {
  readonly devices?: readonly (DisturbSetting & { readonly id: string })[]
  readonly except?: readonly Originator[]
}

export interface ProviderPolicy {
  readonly defaults?: Preferences
  readonly limits?: {
    readonly keepAtMost?: string
    readonly extensionsAtMost?: number
    readonly waitingAtMost?: number
    readonly waitingBytesAtMost?: number
    /** What of both one sender may take, 0 to 1. */
    readonly ofOneSender?: number
  }
  readonly notices?: { readonly outOfBand?: 'none' | 'each' | 'summary'; readonly atMostEvery?: string }
  readonly reports?: { readonly failure?: boolean }
  readonly connectivity?: readonly { readonly name: string; readonly maxBytes: number }[]
}
