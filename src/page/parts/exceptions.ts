/** Who gets through all the same. */
import type { Fault } from '../ask.ts'
import { ORIGINATOR_KINDS, originatorOf, uriOf, type OriginatorKind } from '../rules.ts'
import { originatorText } from '../sentences.ts'
import type { Originator } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { FaultsAt } from './faults.ts'

interface Props {
  readonly except: readonly Originator[]
  readonly change: (to: (except: readonly Originator[]) => readonly Originator[]) => void
  readonly faults: readonly Fault[]
}

export function Exceptions({ except, change, faults }: Props): VNode {
  const [kind, setKind] = useState<OriginatorKind>('uri')
  const add = (event: Event): void => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const value = String(new FormData(form).get('who')).trim()
    change((now) => [...now, originatorOf(kind, kind === 'uri' ? uriOf(value) : value)])
    form.reset()
  }
  return html`<h2>${t('week.except')}</h2>
    <ul class="lines">
      ${except.map(
        (one, index) => html`<li>
          <span>${originatorText(one)}</span>
          <button class="secondary outline" aria-label=${`${t('week.remove')}: ${originatorText(one)}`}
            onClick=${() => change((now) => now.filter((_, at) => at !== index))}>${t('week.remove')}</button>
          <${FaultsAt} faults=${faults} path=${`/except/${index}`} />
        </li>`,
      )}
    </ul>
    ${except.length === 0 && html`<p>${t('week.except.none')}</p>`}
    <form class="inline" onSubmit=${add}>
      <select aria-label=${t('week.except.kind')} value=${kind}
        onChange=${(event: Event) => setKind((event.target as HTMLSelectElement).value as OriginatorKind)}>
        ${ORIGINATOR_KINDS.map((one) => html`<option value=${one}>${t(`week.except.${one}`)}</option>`)}
      </select>
      <input name="who" required aria-label=${t('week.except.who')} spellcheck=${false} />
      <button class="small secondary outline">${t('week.except.add')}</button>
    </form>`
}
