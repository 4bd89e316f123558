/** The rules of a profile in their order, as sentences, each to be changed by form, moved and removed. */
import type { Fault } from '../ask.ts'
import { useJsonEditing } from '../document.ts'
import type { Resource } from '../resource.ts'
import { freeRuleId, movedTo, replacedAt, withAction, withRules } from '../rules.ts'
import { ruleSentence } from '../sentences.ts'
import { AVAILABLE_ACTIONS, UNAVAILABLE_ACTIONS, type Preferences, type Profile, type Rule } from '../shapes.ts'
import { html, useLayoutEffect, useRef, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Outcome } from './deeds.ts'
import { ConflictShown } from './differences.ts'
import { FaultsAt } from './faults.ts'
import { ActionFields, RuleFields } from './rule-fields.ts'

interface Props {
  readonly target: string
  readonly stored: Resource<Profile>
  readonly value: Profile
}

const RULES = '/messages/rules'

export function RulesForm({ target, stored, value }: Props): VNode {
  const editing = useJsonEditing(target, value, stored)
  const { saving, now, edit, isEdited, isBehind } = editing
  const rules = now.messages?.rules ?? []
  const faults = saving.acts.problem?.errors ?? []
  const [open, setOpen] = useState<number | undefined>(undefined)
  const [said, say] = useState('')
  const list = useRef<HTMLDivElement>(null)
  // What had the focus is drawn in another place, or not any more: where it goes is a selector.
  const next = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    if (next.current !== undefined) list.current?.querySelector<HTMLElement>(next.current)?.focus()
    next.current = undefined
  }, [now, open])
  const change = (to: (rules: readonly Rule[]) => readonly Rule[]): void =>
    edit((profile) => withRules(profile, to(profile.messages?.rules ?? [])))
  const move = (from: number, by: number): void => {
    const to = from + by
    const rule = rules[from]
    if (rule === undefined || to < 0 || to >= rules.length) return
    change((all) => movedTo(all, from, to))
    setOpen(open === from ? to : open === to ? from : open)
    next.current = `[data-at="${to}"] [data-by="${by}"]`
    say(t('rules.moved', { id: rule.id, at: to + 1, of: rules.length }))
  }
  const remove = (at: number): void => {
    change((all) => all.filter((_, index) => index !== at))
    setOpen(undefined)
    next.current = '[data-add]'
    say(t('rules.removed', { id: rules[at]?.id ?? '' }))
  }
  const add = (): void => {
    change((all) => [...all, { id: freeRuleId(all), action: 'deliver' }])
    setOpen(rules.length)
    next.current = `[data-at="${rules.length}"] [data-first]`
  }
  const undo = (): void => {
    editing.undo()
    setOpen(undefined)
  }
  return html`<div ref=${list}>
    ${rules.length === 0 && html`<p>${t('rules.none')}</p>`}
    <ol class="cards rules">
      ${rules.map(
        (
          rule,
          at,
        ) => html`<${One} rule=${rule} at=${at} open=${open === at} faults=${faults} move=${(by: number) => move(at, by)}
          toggle=${() => setOpen(open === at ? undefined : at)} remove=${() => remove(at)}
          put=${(to: (rule: Rule) => Rule) => change((all) => replacedAt(all, at, to(all[at] ?? rule)))} />`,
      )}
    </ol>
    <button data-add class="small secondary outline" onClick=${add}>${t('rules.add')}</button>
    <${Otherwise} profile=${now} edit=${edit} faults=${faults} />
    <p role="status" class="facts">${said}</p>
    <${Outcome} acts=${saving.acts} />
    <${ConflictShown} saving=${saving} settled=${editing.settled} />
    <div class="deeds save">
      <button aria-disabled=${!isEdited || saving.acts.busy} onClick=${() => void editing.save()}>${t('save')}</button>
      <button class="secondary" aria-disabled=${!isEdited} onClick=${undo}>${t('undo')}</button>
      <span role="status">${isEdited && t(isBehind ? 'conflict.title' : 'week.unsaved')}</span>
    </div>
  </div>`
}

interface OneProps {
  readonly rule: Rule
  readonly at: number
  readonly open: boolean
  readonly faults: readonly Fault[]
  readonly toggle: () => void
  readonly move: (by: number) => void
  readonly remove: () => void
  readonly put: (to: (rule: Rule) => Rule) => void
}

function One({ rule, at, open, faults, toggle, move, remove, put }: OneProps): VNode {
  const path = `${RULES}/${at}`
  const deed = (word: 'rules.up' | 'rules.down' | 'week.remove', act: () => void, by = 0): VNode =>
    html`<button class="small secondary outline" data-by=${by} aria-label=${`${t(word)}: ${rule.id}`} onClick=${act}>
      ${t(word)}
    </button>`
  return html`<li data-at=${at} aria-label=${rule.id}>
    <p>${ruleSentence(rule)}</p>
    <div class="deeds">
      <button class="small" aria-expanded=${open} aria-label=${`${t('rules.edit')}: ${rule.id}`} onClick=${toggle}>${t('rules.edit')}</button>
      ${deed('rules.up', () => move(-1), -1)} ${deed('rules.down', () => move(1), 1)} ${deed('week.remove', remove)}
    </div>
    <${FaultsAt} faults=${open ? faults.filter((one) => one.path === path) : faults} path=${path} />
    ${open && html`<${RuleFields} rule=${rule} put=${put} faults=${faults} path=${path} />`}
  </li>`
}

interface OtherwiseProps {
  readonly profile: Profile
  readonly edit: (to: (profile: Profile) => Profile) => void
  readonly faults: readonly Fault[]
}

const ACTIONS_ELSE = { available: AVAILABLE_ACTIONS, unavailable: UNAVAILABLE_ACTIONS } as const

/** What no rule matches. */
function Otherwise({ profile, edit, faults }: OtherwiseProps): VNode {
  const messages = profile.messages ?? {}
  const put = (name: keyof typeof ACTIONS_ELSE, action: string, to?: string): void =>
    edit((before) => {
      const { [name]: old, ...rest } = before.messages ?? {}
      const said =
        action === ''
          ? {}
          : { [name]: { ...withAction({ ...old, action }, action), ...(to === undefined ? {} : { to }) } }
      return { ...before, messages: { ...rest, ...said } as NonNullable<Preferences['messages']> }
    })
  return html`<fieldset>
    <legend>${t('rules.else')}</legend>
    ${(['available', 'unavailable'] as const).map((name) => {
      const now: { readonly action: string; readonly to?: string } | undefined = messages[name]
      return html`<${ActionFields} action=${now?.action} to=${now?.to} actions=${ACTIONS_ELSE[name]} label=${t(`rules.else.${name}`)}
        none=${t('rules.else.policy')} choose=${(action: string) => put(name, action)} send=${(to: string) => put(name, 'forward', to)}
        faults=${faults} path=${`/messages/${name}`} />`
    })}
  </fieldset>`
}
