/** Rules and what else a profile says, as sentences. */
import { person } from './parts/shown.ts'
import type { Originator, Preferences, Rule } from './shapes.ts'
import { lengthText, sizeText } from './when.ts'
import { locale, t, termed } from './words.ts'

function either(items: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'disjunction' }).format(items)
}

export function originatorText({ uri, domain, list }: Originator): string {
  if (uri !== undefined) return person(uri)
  return domain === undefined ? t('who.list', { list: list ?? '' }) : t('who.domain', { domain })
}

/** Conditions of one kind are alternatives, different kinds must all hold. */
function conditionsOf(rule: Rule): readonly string[] {
  const { originators = [], undisclosedSender, largerThan, contentTypes = [], messageTypes = [], when } = rule
  const senders = [...originators.map(originatorText), ...(undisclosedSender === true ? [t('who.hidden')] : [])]
  return [
    ...(senders.length > 0 ? [t('if.from', { who: either(senders) })] : []),
    ...(largerThan !== undefined ? [t('if.larger', { size: sizeText(largerThan) })] : []),
    ...(contentTypes.length > 0 ? [t('if.type', { types: either(contentTypes) })] : []),
    ...(messageTypes.length > 0
      ? [t('if.kind', { kinds: either(messageTypes.map((one) => termed('kind', one))) })]
      : []),
    ...(when === undefined || when === 'any' ? [] : [termed('if', when)]),
  ]
}

function actionText(action: string, to: string | undefined): string {
  return to === undefined ? termed('action', action) : `${termed('action', action)} ${person(to)}`
}

export function ruleSentence(rule: Rule): string {
  const conditions = conditionsOf(rule)
  if (conditions.length === 0) return t('rule.unmet')
  return t('rule', { conditions: conditions.join(t('and')), action: actionText(rule.action, rule.to) })
}

/** What holds where no rule matches: one sentence each. */
export function elseSentences({ messages }: Preferences): readonly string[] {
  const { available, unavailable } = messages ?? {}
  return [
    ...(available === undefined ? [] : [t('else.available', { action: actionText(available.action, available.to) })]),
    ...(unavailable === undefined
      ? []
      : [t('else.unavailable', { action: actionText(unavailable.action, undefined) })]),
  ]
}

/** How messages wait. */
export function waitSentences({ deferred }: Preferences): readonly string[] {
  const { mode, keepFor, onExpiry, extendBy } = deferred ?? {}
  return [
    ...(mode === undefined ? [] : [t('wait.mode', { mode: termed('mode', mode) })]),
    ...(keepFor === undefined ? [] : [t('wait.keep', { length: lengthText(keepFor) })]),
    ...(onExpiry === undefined
      ? []
      : [
          t('wait.then', {
            then: `${termed('then', onExpiry)} ${extendBy === undefined ? '' : lengthText(extendBy)}`.trim(),
          }),
        ]),
  ]
}
