/** One rule as a form: its conditions, each with what is wrong in it, and what happens. */
import type { Fault } from '../ask.ts'
import { uriOf, withAction, withField } from '../rules.ts'
import { ACTIONS, MESSAGE_TYPES, WHENS, type Originator, type Rule } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'
import { FaultsAt } from './faults.ts'
import { ListInput } from './list-input.ts'
import { OriginatorRows } from './originator-rows.ts'

interface Props {
  readonly rule: Rule
  readonly put: (to: (rule: Rule) => Rule) => void
  readonly faults: readonly Fault[]
  readonly path: string
}

export function RuleFields({ rule, put, faults, path }: Props): VNode {
  const set = <K extends keyof Rule>(field: K, value: Rule[K] | undefined): void =>
    put((now) => withField(now, field, value))
  const at = (field: string): VNode => html`<${FaultsAt} faults=${faults} path=${`${path}/${field}`} />`
  const kinds = rule.messageTypes ?? []
  const toggle = (kind: string): void =>
    set('messageTypes', kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind])
  return html`<div class="rule">
    <label>${t('rules.id')}<input data-first value=${rule.id} spellcheck=${false} onInput=${(event: Event) => put((now) => ({ ...now, id: valueOf(event) }))} /></label>
    ${at('id')}
    <fieldset>
      <legend>${t('rules.senders')}</legend>
      <${OriginatorRows} originators=${rule.originators ?? []} put=${(next: readonly Originator[]) => set('originators', next)}
        faults=${faults} path=${`${path}/originators`} />
      <label><input type="checkbox" checked=${rule.undisclosedSender === true}
        onChange=${() => set('undisclosedSender', rule.undisclosedSender === true ? undefined : true)} />${t('who.hidden')}</label>
    </fieldset>
    <fieldset>
      <legend>${t('rules.messages')}</legend>
      ${MESSAGE_TYPES.map(
        (kind) => html`<label><input type="checkbox" checked=${kinds.includes(kind)} onChange=${() => toggle(kind)} />
          ${termed('kind', kind)}</label>`,
      )}
      ${at('messageTypes')}
      <label>${t('rules.types')}<${ListInput} placeholder="video/*, image/png" list=${rule.contentTypes ?? []} put=${(next: readonly string[]) => set('contentTypes', next)} /></label>
      ${at('contentTypes')}
      <label>${t('rules.larger')}
        <input type="number" min="0" step="1" value=${rule.largerThan ?? ''}
          onInput=${(event: Event) => set('largerThan', valueOf(event) === '' ? undefined : Number(valueOf(event)))} />
      </label>
      ${at('largerThan')}
    </fieldset>
    <label>${t('rules.when')}
      <select onChange=${(event: Event) => set('when', valueOf(event))}>
        ${WHENS.map((one) => html`<option value=${one} selected=${one === (rule.when ?? 'any')}>${termed('if', one)}</option>`)}
      </select>
    </label>
    ${at('when')}
    <${ActionFields} action=${rule.action} to=${rule.to} actions=${ACTIONS} label=${t('rules.action')} faults=${faults} path=${path}
      choose=${(action: string) => put((now) => withAction(now, action))} send=${(to: string) => put((now) => ({ ...now, to }))} />
  </div>`
}

interface ActionProps {
  readonly action: string | undefined
  readonly to: string | undefined
  readonly actions: readonly string[]
  readonly label: string
  /** A choice that says nothing. */
  readonly none?: string
  readonly choose: (action: string) => void
  readonly send: (to: string) => void
  readonly faults: readonly Fault[]
  readonly path: string
}

/** What happens, and for what is forwarded to whom. */
export function ActionFields(props: ActionProps): VNode {
  const { action, to, actions, label, none, choose, send, faults, path } = props
  return html`<label>${label}
      <select onChange=${(event: Event) => choose(valueOf(event))}>
        ${none !== undefined && html`<option value="" selected=${action === undefined}>${none}</option>`}
        ${actions.map((one) => html`<option value=${one} selected=${one === action}>${termed('action', one)}</option>`)}
      </select>
    </label>
    <${FaultsAt} faults=${faults} path=${`${path}/action`} />
    ${
      action === 'forward' &&
      html`<label>${t('rules.to')}<input value=${to ?? ''} spellcheck=${false} placeholder="sip:carol@example.com"
        onInput=${(event: Event) => send(valueOf(event))} onChange=${(event: Event) => send(uriOf(valueOf(event)))} /></label>
        <${FaultsAt} faults=${faults} path=${`${path}/to`} />`
    }`
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement).value
}
