/**
 * What the REST side answers, as openapi.yaml describes it; only what is shown here. Nothing of the server is imported,
 * not even its types: the page knows it by what it answers. test/page/shapes.test.ts holds both against each other.
 */
export interface InForce {
  readonly profileId?: string
  readonly because: 'device' | 'default' | 'only-policy'
  readonly doNotDisturb: {
    readonly on: boolean
    readonly because: 'device' | 'device-schedule' | 'user' | 'user-schedule' | 'unset' | 'unreadable'
    readonly until?: string
  }
}

export interface WaitingMessage {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly subject?: string
  readonly contentType: string
  readonly size: number
  readonly received: string
  readonly expires: string
  readonly state: string
  readonly reason?: string
  readonly releasedBy?: readonly string[]
  readonly next?: string
}

export interface Deferred {
  readonly messages: readonly WaitingMessage[]
}

export interface Registration {
  readonly device: string
  readonly began: string
  readonly expires: string
  readonly registered: boolean
  readonly accepts?: readonly string[]
  readonly maxBytes?: number
  readonly connectivity?: string
  readonly via?: string
}

export interface Registrations {
  readonly registrations: readonly Registration[]
}

export interface Quiet {
  readonly id: string
  readonly days: readonly string[]
  readonly from: string
  readonly to: string
}

export interface Schedule {
  readonly timeZone: string
  readonly quiet?: readonly Quiet[]
}

export interface DisturbSetting {
  readonly on?: boolean
  readonly until?: string
  readonly schedule?: Schedule
}

export interface Originator {
  readonly uri?: string
  readonly domain?: string
  readonly list?: string
}

export interface DoNotDisturb extends DisturbSetting {
  readonly devices?: readonly (DisturbSetting & { readonly id: string })[]
  readonly except?: readonly Originator[]
}

export interface ActiveProfile {
  readonly default: string
  readonly devices?: readonly { readonly id: string; readonly profile: string }[]
}

export interface Profiles {
  readonly profiles: readonly { readonly id: string; readonly displayName: string; readonly etag: string }[]
}

export interface StoredView {
  readonly id: string
  readonly from: string
  readonly subject?: string
  readonly contentType: string
  readonly size: number
  readonly sent: string
  readonly read: boolean
  readonly expires?: string
  readonly because: string
}

export interface StoredMessage extends StoredView {
  readonly body?: string
  readonly bodyBase64?: string
}

export interface Decision {
  readonly outcome: string
  readonly reason?: string
  readonly to?: string
  readonly rule?: string
  readonly profileId?: string
  readonly mode?: string
  readonly until?: string
  readonly then?: string
  readonly recorded: boolean
  readonly devices: readonly {
    readonly device: string
    readonly gets: boolean
    readonly because: string
    readonly converted?: readonly unknown[]
  }[]
}

export interface InvitationDecision {
  readonly answer: string
  readonly reason: string
  readonly media: readonly {
    readonly type: string
    readonly answer: string
    readonly recorded: boolean
    readonly exceptions?: readonly { readonly contentType: string; readonly store: boolean }[]
  }[]
  readonly recorded: boolean
  readonly devices: readonly string[]
}

export interface Rule {
  readonly id: string
  readonly action: string
  readonly to?: string
  readonly when?: string
  readonly originators?: readonly Originator[]
  readonly undisclosedSender?: boolean
  readonly largerThan?: number
  readonly contentTypes?: readonly string[]
  readonly messageTypes?: readonly string[]
}

export interface Preferences {
  readonly messages?: {
    readonly rules?: readonly Rule[]
    readonly available?: { readonly action: string; readonly to?: string }
    readonly unavailable?: { readonly action: string }
  }
  readonly deferred?: {
    readonly mode?: string
    readonly keepFor?: string
    readonly onExpiry?: string
    readonly extendBy?: string
    readonly parts?: readonly ({ readonly keep: string } | { readonly drop: string; readonly whole?: boolean })[]
  }
  readonly contentAdaptation?: {
    readonly devices?: readonly {
      readonly id?: string
      readonly maxBytes?: number
      readonly otherwise?: string
      readonly accepts?: readonly string[]
    }[]
  }
  readonly sessions?: { readonly media?: readonly { readonly type: string; readonly answer: string }[] }
  readonly storage?: { readonly media?: readonly { readonly contentType: string; readonly store: boolean }[] }
  readonly interworking?: {
    readonly services?: readonly { readonly name: string; readonly priority: number; readonly address?: string }[]
  }
}

export interface Profile extends Preferences {
  readonly id: string
  readonly displayNames: readonly { readonly lang?: string; readonly text: string }[]
}

export interface Documents {
  readonly documents: readonly {
    readonly auid: string
    readonly name: string
    readonly size: number
    readonly changed: string
    readonly by: string
  }[]
}

export interface Version {
  readonly etag: string
  readonly size: number
  readonly changed: string
  readonly by: string
  readonly replaced?: string
}

export interface Versions {
  readonly versions: readonly Version[]
}

export const ROLES = ['user', 'participating-function', 'administrator'] as const

export interface Account {
  readonly xui: string
  readonly role: (typeof ROLES)[number]
}

export interface Entry {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly from: string
  readonly what: string
  readonly user: string
  readonly before?: unknown
  readonly after?: unknown
}

/** What can be looked for among messages and in the record. */
export const STATES = [
  'deferred',
  'delivering',
  'delivered',
  'stored',
  'interworked',
  'forwarded',
  'handed-over',
  'discarded',
  'failed',
]
export const REASONS = ['preference', 'do-not-disturb', 'no-applicable-device', 'not-reached', 'not-acknowledged']

/** What a profile can say of messages. */
export const ACTIONS = ['deliver', 'reject', 'forward', 'store', 'interwork', 'defer', 'discard']
export const AVAILABLE_ACTIONS = ['deliver', 'reject', 'forward', 'store', 'interwork', 'defer']
export const UNAVAILABLE_ACTIONS = ['discard', 'defer', 'store', 'interwork']
export const WHENS = ['any', 'available', 'unavailable']
export const MESSAGE_TYPES = ['pager', 'large', 'file', 'group']
export const MEDIA = ['audio', 'video', 'text', 'image', 'application', 'message']
export const MEDIUM_ANSWERS = ['accept', 'reject', 'ask']

export const DEEDS = [
  'account-made',
  'account-changed',
  'account-removed',
  'account-unlocked',
  'policy-changed',
  'document-changed',
  'usages-changed',
  'message-released',
  'message-removed',
]
