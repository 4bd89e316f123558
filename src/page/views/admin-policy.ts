/** The provider's policy: what it says, and beside each field what holds where it says nothing. */
import { isOfDocument } from '../about.ts'
import { useJsonEditing } from '../document.ts'
import { ConflictShown } from '../parts/differences.ts'
import { Outcome } from '../parts/deeds.ts'
import { Connectivity, type Connection } from '../parts/connectivity.ts'
import { FaultsAt } from '../parts/faults.ts'
import { PreferenceLists } from '../parts/preference-lists.ts'
import { RuleList } from '../parts/rule-list.ts'
import { Heading, Shown } from '../parts/shown.ts'
import { POLICY_FIELDS, valueAt, withList, withValue, type Field, type Tree } from '../policy-fields.ts'
import { useResource, type Resource } from '../resource.ts'
import type { Preferences, Rule } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { lengthText, numberText, sizeText } from '../when.ts'
import { t, termed, type Word } from '../words.ts'

const POLICY = 'org.cpm-xdms.provider-policy/global/index'

export function Policy(): VNode {
  const stored = useResource<Tree>('/api/policy', { on: isOfDocument(POLICY) })
  return html`<${Heading} text=${t('policy.title')} />
    <${Shown} of=${stored} as=${(value: Tree) => html`<${Editor}
      value=${value['builtIn'] === true ? {} : value} isNone=${value['builtIn'] === true} stored=${stored} />`} />`
}

interface EditorProps {
  readonly value: Tree
  /** What holds is built in. */
  readonly isNone: boolean
  readonly stored: Resource<Tree>
}

function Editor({ value, isNone, stored }: EditorProps): VNode {
  const editing = useJsonEditing('/api/policy', value, stored)
  const { saving, now, edit, isEdited } = editing
  const save = (event: Event): void => {
    event.preventDefault()
    void editing.save()
  }
  const faults = saving.acts.problem?.errors ?? []
  const defaults = (now['defaults'] ?? {}) as Preferences
  const builtInNothing = html`<p><small>${t('policy.built.in', { value: t('policy.built.in.none') })}</small></p>`
  return html`<p>${t(isNone ? 'policy.none' : 'policy.text')}</p>
    <form onSubmit=${save} class="policy">
      ${POLICY_FIELDS.map(
        (field) => html`<div class="field" key=${field.path.join('.')}>
          <label>
            ${t(`policy.${field.path.join('.')}` as Word)}
            <${Input} field=${field} value=${valueAt(now, field.path)} put=${(next: unknown) => edit((policy) => withValue(policy, field.path, next))} />
          </label>
          <small>${t('policy.built.in', { value: field.builtIn === undefined ? t('policy.built.in.none') : shown(field, field.builtIn) })}</small>
          <${FaultsAt} faults=${faults} path=${`/${field.path.join('/')}`} />
        </div>`,
      )}
      <h2>${t('policy.rules')}</h2>
      <div>
        <${RuleList} rules=${defaults.messages?.rules ?? NO_RULES} faults=${faults} path="/defaults/messages/rules"
          change=${(to: (rules: readonly Rule[]) => readonly Rule[]) => edit((policy) => withRuleList(policy, to))} />
        ${builtInNothing}
      </div>
      <${PreferenceLists} value=${defaults} faults=${faults} path="/defaults"
        edit=${(to: (value: Preferences) => Preferences) => edit((policy) => withDefaults(policy, to))}>${builtInNothing}</${PreferenceLists}>
      <${Connectivity} connections=${(now['connectivity'] ?? []) as readonly Connection[]} faults=${faults}
        put=${(next: readonly Connection[]) => edit((policy) => withList(policy, ['connectivity'], next))} />
      <p><small>${t('policy.rest')}</small></p>
      <${Outcome} acts=${saving.acts} />
      <${ConflictShown} saving=${saving} settled=${editing.settled} />
      <div class="deeds">
        <button aria-disabled=${!isEdited || saving.acts.busy}>${t('save')}</button>
        <button type="button" class="secondary" aria-disabled=${!isEdited} onClick=${editing.undo}>
          ${t('undo')}
        </button>
      </div>
    </form>`
}

/** What says nothing is not there. */
function withDefaults(policy: Tree, to: (value: Preferences) => Preferences): Tree {
  const next = to((policy['defaults'] ?? {}) as Preferences)
  return withValue(policy, ['defaults'], Object.keys(next).length === 0 ? undefined : next)
}

const NO_RULES: readonly Rule[] = []

function withRuleList(policy: Tree, to: (rules: readonly Rule[]) => readonly Rule[]): Tree {
  const path = ['defaults', 'messages', 'rules']
  return withList(policy, path, to((valueAt(policy, path) ?? NO_RULES) as readonly Rule[]))
}

function shown({ kind, group, path }: Field, value: unknown): string {
  if (kind === 'choice') return termed(group ?? '', String(value))
  if (kind === 'boolean') return t(value === true ? 'yes' : 'no')
  if (kind === 'duration') return `${String(value)} (${lengthText(String(value))})`
  return path.at(-1) === 'waitingBytesAtMost' ? sizeText(Number(value)) : numberText(Number(value))
}

interface InputProps {
  readonly field: Field
  readonly value: unknown
  readonly put: (value: unknown) => void
}

function Input({ field, value, put }: InputProps): VNode {
  const { kind, values = ['true', 'false'] } = field
  const text = value === undefined ? '' : String(value)
  const read = (event: Event): void => {
    const given = (event.target as HTMLInputElement).value.trim()
    if (given === '') return put(undefined)
    put(kind === 'number' || kind === 'share' ? Number(given) : kind === 'boolean' ? given === 'true' : given)
  }
  if (kind === 'choice' || kind === 'boolean') {
    const known = text === '' || values.includes(text) ? values : [...values, text]
    return html`<select value=${text} onChange=${read}>
      <option value="">${t('policy.unset')}</option>
      ${known.map((one) => html`<option value=${one} selected=${one === text}>${shown(field, kind === 'boolean' ? one === 'true' : one)}</option>`)}
    </select>`
  }
  if (kind === 'uri')
    return html`<input value=${text} spellcheck=${false} placeholder="sip:desk@example.com" onInput=${read} />`
  if (kind === 'duration')
    return html`<input value=${text} placeholder=${field.builtIn} pattern="P.*" spellcheck=${false} onInput=${read} />`
  const bounds = kind === 'share' ? { min: 0, max: 1, step: 0.001 } : { min: 0, step: 1 }
  return html`<input type="number" ...${bounds} value=${text} placeholder=${field.builtIn} onInput=${read} />`
}
