/** What a profile says, by form: its rules, what no rule matches, and its lists. */
import type { Fault } from '../ask.ts'
import { useJsonEditing } from '../document.ts'
import type { Resource } from '../resource.ts'
import { withAction, withRules } from '../rules.ts'
import { AVAILABLE_ACTIONS, UNAVAILABLE_ACTIONS, type Preferences, type Profile, type Rule } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Outcome } from './deeds.ts'
import { ConflictShown } from './differences.ts'
import { PreferenceLists } from './preference-lists.ts'
import { ActionFields } from './rule-fields.ts'
import { RuleList } from './rule-list.ts'

interface Props {
  readonly target: string
  readonly stored: Resource<Profile>
  readonly value: Profile
}

const NO_RULES: readonly Rule[] = []

export function RulesForm({ target, stored, value }: Props): VNode {
  const editing = useJsonEditing(target, value, stored)
  const { saving, now, edit, isEdited, isBehind } = editing
  const faults = saving.acts.problem?.errors ?? []
  return html`<${RuleList} rules=${now.messages?.rules ?? NO_RULES} faults=${faults} path="/messages/rules"
      change=${(to: (rules: readonly Rule[]) => readonly Rule[]) =>
        edit((profile) => withRules(profile, to(profile.messages?.rules ?? [])))} />
    <${Otherwise} profile=${now} edit=${edit} faults=${faults} />
    <details open=${faults.some(({ path }) => !path.startsWith('/messages')) || undefined}>
      <summary>${t('rules.more')}</summary>
      <${PreferenceLists} value=${now} edit=${edit} faults=${faults} path="" />
    </details>
    <${Outcome} acts=${saving.acts} />
    <${ConflictShown} saving=${saving} settled=${editing.settled} />
    <div class="deeds save">
      <button aria-disabled=${!isEdited || saving.acts.busy} onClick=${() => void editing.save()}>${t('save')}</button>
      <button class="secondary" aria-disabled=${!isEdited} onClick=${editing.undo}>${t('undo')}</button>
      <span role="status">${isEdited && t(isBehind ? 'conflict.title' : 'week.unsaved')}</span>
    </div>`
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
