/**
 * The four documents of our own as data: exactly their JSON form (`json.ts`; `schemas/README.md` explains it). Instants
 * and durations stay the text of the document. What is unset is missing.
 */
import type * as z from '../zod.ts'
import type { JSON_FORMS } from './json.ts'

/** Nobody changes it in place. */
type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T
type Form<K extends keyof typeof JSON_FORMS> = Immutable<z.infer<(typeof JSON_FORMS)[K]>>

export type Profile = Form<'profile'>
export type ActiveProfile = Form<'active-profile'>
export type DoNotDisturb = Form<'do-not-disturb'>
export type ProviderPolicy = Form<'provider-policy'>

export interface JsonOf {
  readonly profile: Profile
  readonly 'active-profile': ActiveProfile
  readonly 'do-not-disturb': DoNotDisturb
  readonly 'provider-policy': ProviderPolicy
}

/** What a profile and the policy's `defaults` have in common. */
export type Preferences = NonNullable<ProviderPolicy['defaults']>
export type MessagesPreference = NonNullable<Preferences['messages']>
export type DeferredPreference = NonNullable<Preferences['deferred']>
export type AdaptationDevice = NonNullable<NonNullable<Preferences['contentAdaptation']>['devices']>[number]
export type Rule = NonNullable<MessagesPreference['rules']>[number]
export type Action = Rule['action']
export type Originator = NonNullable<Rule['originators']>[number]
export type MessageType = NonNullable<Rule['messageTypes']>[number]

/** The hand switch, its end, and the weekly schedule: of the user or of one device. */
export type DisturbSetting = Pick<DoNotDisturb, 'on' | 'until' | 'schedule'>
export type Schedule = NonNullable<DoNotDisturb['schedule']>
export type Quiet = NonNullable<Schedule['quiet']>[number]
export type Day = Quiet['days'][number]
