/** Rules as they are edited by form: what is empty is not said, and the order is what decides. */
import type { Originator, Profile, Rule } from './shapes.ts'

export function withRules(profile: Profile, rules: readonly Rule[]): Profile {
  return { ...profile, messages: { ...profile.messages, rules } }
}

/** `undefined`, nothing and an empty list: the field is not said. */
export function withField<T extends object, K extends keyof T>(of: T, field: K, value: T[K] | undefined): T {
  const { [field]: _, ...rest } = of
  const isNothing = value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  return (isNothing ? rest : { ...rest, [field]: value }) as T
}

/** Only who forwards says to whom. */
export function withAction<T extends { readonly action: string; readonly to?: string }>(of: T, action: string): T {
  const { to, ...rest } = of
  return { ...rest, action, ...(action === 'forward' ? { to: to ?? '' } : {}) } as T
}

export function movedTo<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const rest = list.filter((_, at) => at !== from)
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)]
}

export function replacedAt<T>(list: readonly T[], at: number, next: T): readonly T[] {
  return list.map((one, index) => (index === at ? next : one))
}

export function freeRuleId(rules: readonly Rule[]): string {
  let n = rules.length + 1
  while (rules.some(({ id }) => id === `rule-${n}`)) n++
  return `rule-${n}`
}

export const ORIGINATOR_KINDS = ['uri', 'domain', 'list'] as const
export type OriginatorKind = (typeof ORIGINATOR_KINDS)[number]

export function kindOf(originator: Originator): OriginatorKind {
  return ORIGINATOR_KINDS.find((kind) => originator[kind] !== undefined) ?? 'uri'
}

export function originatorOf(kind: OriginatorKind, value: string): Originator {
  return { [kind]: value }
}

/** Who leaves the scheme away means a SIP URI. */
export function uriOf(text: string): string {
  const trimmed = text.trim()
  return trimmed === '' || /^[a-z][a-z\d+.-]*:/i.test(trimmed) ? trimmed : `sip:${trimmed}`
}

/** `text/*, image/png` */
export function listIn(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
}
