/** The provider's policy: what it says, and beside each field what holds where it says nothing. */
import { isOfDocument } from '../about.ts'
import type { Reply } from '../ask.ts'
import { jsonForm, useSaving } from '../document.ts'
import { ConflictShown } from '../parts/differences.ts'
import { Outcome } from '../parts/deeds.ts'
import { FaultsAt } from '../parts/faults.ts'
import { Heading, Shown } from '../parts/shown.ts'
import { POLICY_FIELDS, valueAt, withValue, type Field } from '../policy-fields.ts'
import { useResource, type Resource } from '../resource.ts'
import { html, useState, type VNode } from '../view.ts'
import { lengthText, sizeText } from '../when.ts'
import { t, termed, type Word } from '../words.ts'

type Tree = Readonly<Record<string, unknown>>

const POLICY = 'org.cpm-xdms.provider-policy/global/index'

export function Policy(): VNode {
  const stored = useResource<Tree>('/api/policy', { on: isOfDocument(POLICY) })
  return html`<${Heading} text=${t('policy.title')} />
    <${Shown} of=${stored} as=${(value: Tree) => html`<${Editor}
      value=${value['builtIn'] === true ? {} : value} etag=${stored.kind === 'there' ? stored.etag : undefined} stored=${stored} />`} />`
}

interface EditorProps {
  readonly value: Tree
  readonly etag: string | undefined
  readonly stored: Resource<Tree>
}

function Editor({ value, etag, stored }: EditorProps): VNode {
  const [edited, setEdited] = useState<{ readonly value: Tree; readonly base: string | undefined } | undefined>(
    undefined,
  )
  const saving = useSaving(jsonForm<Tree>('/api/policy'))
  const now = edited?.value ?? value
  const settled = (saved?: Reply): void => {
    if (saved !== undefined) stored.put(saved.json as Tree, saved.etag)
    setEdited(undefined)
    stored.reload()
  }
  const save = async (event: Event): Promise<void> => {
    event.preventDefault()
    const saved = await saving.save(now, edited === undefined ? etag : edited.base)
    if (saved !== undefined) settled(saved)
  }
  const put = (field: Field, next: unknown): void =>
    setEdited((before) => ({
      value: withValue(before?.value ?? value, field.path, next),
      base: before === undefined ? etag : before.base,
    }))
  return html`<p>${t(etag === undefined ? 'policy.none' : 'policy.text')}</p>
    <form onSubmit=${(event: Event) => void save(event)} class="policy">
      ${POLICY_FIELDS.map(
        (field) => html`<div class="field" key=${field.path.join('.')}>
          <label>
            ${t(`policy.${field.path.join('.')}` as Word)}
            <${Input} field=${field} value=${valueAt(now, field.path)} put=${(next: unknown) => put(field, next)} />
          </label>
          <small>${t('policy.built.in', { value: shown(field, field.builtIn) })}</small>
          <${FaultsAt} faults=${saving.acts.problem?.errors ?? []} path=${`/${field.path.join('/')}`} />
        </div>`,
      )}
      <${Outcome} acts=${saving.acts} />
      <${ConflictShown} saving=${saving} settled=${settled} />
      <div class="deeds">
        <button disabled=${edited === undefined || saving.acts.busy}>${t('save')}</button>
        <button type="button" class="secondary" disabled=${edited === undefined} onClick=${() => (saving.acts.clear(), setEdited(undefined))}>
          ${t('undo')}
        </button>
      </div>
    </form>`
}

function shown({ kind, group, path }: Field, value: unknown): string {
  if (kind === 'choice') return termed(group ?? '', String(value))
  if (kind === 'boolean') return t(value === true ? 'yes' : 'no')
  if (kind === 'duration') return `${String(value)} (${lengthText(String(value))})`
  return path.at(-1) === 'waitingBytesAtMost' ? sizeText(Number(value)) : String(value)
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
  if (kind === 'duration')
    return html`<input value=${text} placeholder=${field.builtIn} pattern="P.*" spellcheck=${false} onInput=${read} />`
  const bounds = kind === 'share' ? { min: 0, max: 1, step: 0.001 } : { min: 0, step: 1 }
  return html`<input type="number" ...${bounds} value=${text} placeholder=${field.builtIn} onInput=${read} />`
}
