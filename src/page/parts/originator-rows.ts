/** Senders, a row each: a person, a domain or a list. */
import type { Fault } from '../ask.ts'
import { kindOf, ORIGINATOR_KINDS, originatorOf, replacedAt, uriOf, type OriginatorKind } from '../rules.ts'
import type { Originator } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { useAddedRow } from './added-row.ts'
import { FaultsAt } from './faults.ts'

interface Props {
  readonly originators: readonly Originator[]
  readonly put: (originators: readonly Originator[]) => void
  readonly faults: readonly Fault[]
  readonly path: string
}

export function OriginatorRows({ originators, put, faults, path }: Props): VNode {
  const rows = useAddedRow<HTMLDivElement>(originators.length, 'input')
  return html`<div ref=${rows}>
    ${originators.map((one, index) => {
      const kind = kindOf(one)
      const value = one[kind] ?? ''
      const set = (next: Originator): void => put(replacedAt(originators, index, next))
      return html`<div class="inline row">
          <select aria-label=${t('week.except.kind')} onChange=${(event: Event) => set(originatorOf(valueOf(event) as OriginatorKind, value))}>
            ${ORIGINATOR_KINDS.map((name) => html`<option value=${name} selected=${name === kind}>${t(`week.except.${name}`)}</option>`)}
          </select>
          <input value=${value} aria-label=${t('week.except.who')} spellcheck=${false}
            onInput=${(event: Event) => set(originatorOf(kind, valueOf(event)))}
            onChange=${(event: Event) => kind === 'uri' && set(originatorOf(kind, uriOf(valueOf(event))))} />
          <button type="button" class="small secondary outline" aria-label=${`${t('week.remove')}: ${value}`}
            onClick=${() => put(originators.filter((_, at) => at !== index))}>${t('week.remove')}</button>
        </div>
        <${FaultsAt} faults=${faults} path=${`${path}/${index}`} />`
    })}
    <button type="button" class="small secondary outline" onClick=${() => put([...originators, { uri: '' }])}>${t('rules.sender.add')}</button>
  </div>`
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement).value
}
