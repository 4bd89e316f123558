/** What a profile leaves unset: the policy's `defaults`, then ours (X17, C7; `schemas/README.md`). */
import type { PolicyInForce, ProfileInForce } from './in-force.ts'
import type { DeferredPreference, Preferences, ProviderPolicy } from './model.ts'

const EVERYBODY = { to: 'all' } as const

/**
 * Each preference by itself, but for those that only make sense together: the rules, what happens on expiry, the parts,
 * adaptation, interworking.
 */
export function profileInForce(profile: Preferences, defaults: Preferences): ProfileInForce {
  const own = profile.messages
  const theirs = defaults.messages
  const adaptation = profile.contentAdaptation ?? defaults.contentAdaptation
  const interworking = profile.interworking ?? defaults.interworking
  return {
    messages: {
      rules: own?.rules ?? theirs?.rules ?? [],
      available: own?.available ?? theirs?.available ?? { action: 'deliver' },
      unavailable: own?.unavailable ?? theirs?.unavailable ?? { action: 'defer' },
    },
    deferred: deferredInForce(profile.deferred ?? {}, defaults.deferred ?? {}),
    ...(adaptation === undefined ? {} : { contentAdaptation: adaptation }),
    sessions: { otherwise: 'ask', ...defaults.sessions, ...profile.sessions },
    storage: { messages: false, sessions: false, conversations: false, ...defaults.storage, ...profile.storage },
    devices: {
      messages: EVERYBODY,
      invitations: EVERYBODY,
      reports: EVERYBODY,
      ...defaults.devices,
      ...profile.devices,
    },
    ...(interworking === undefined ? {} : { interworking }),
  }
}

function deferredInForce(own: DeferredPreference, theirs: DeferredPreference): ProfileInForce['deferred'] {
  const { onExpiry = 'discard', extendBy, extensions, then } = own.onExpiry === undefined ? theirs : own
  const parts = own.parts ?? theirs.parts
  return {
    mode: own.mode ?? theirs.mode ?? 'push',
    keepFor: own.keepFor ?? theirs.keepFor ?? 'P7D',
    onExpiry,
    ...(extendBy === undefined ? {} : { extendBy }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(then === undefined ? {} : { then }),
    ...(parts === undefined ? {} : { parts }),
  }
}

export function policyInForce(policy: ProviderPolicy): PolicyInForce {
  return {
    ...policy,
    limits: {
      keepAtMost: 'P30D',
      extensionsAtMost: 3,
      waitingAtMost: 1_000,
      waitingBytesAtMost: 104_857_600,
      ofOneSender: 0.1,
      ...policy.limits,
    },
    notices: { outOfBand: 'summary', atMostEvery: 'PT15M', ...policy.notices },
    reports: { failure: true, ...policy.reports },
  }
}

/** What holds as long as the provider has said nothing: no document, so it has no ETag. */
export function builtInPolicy(): ProviderPolicy & { readonly builtIn: true } {
  return { defaults: profileInForce({}, {}), ...policyInForce({}), builtIn: true }
}
