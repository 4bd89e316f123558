/** Who changed accounts, the policy, usages and others' messages. */
import { Pages } from '../parts/pages.ts'
import { Heading, person, When } from '../parts/shown.ts'
import { DEEDS, type Entry } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

export function Audit(): VNode {
  const [what, setWhat] = useState('')
  const list = (entries: readonly Entry[]): VNode => html`<ul class="lines">
    ${entries.map(
      ({ id, at, by, from, what: deed, user, before, after }) => html`<li key=${id}>
        <${When} at=${at} />
        <strong>${termed('deed', deed)}</strong>
        <span>${user === 'global' ? '' : person(user)}</span>
        <span class="facts">${t('audit.by', { by: person(by), from })}</span>
        ${(before !== undefined || after !== undefined) && html`<code>${JSON.stringify(before ?? {})} → ${JSON.stringify(after ?? {})}</code>`}
      </li>`,
    )}
  </ul>`
  return html`<${Heading} text=${t('audit.title')} />
    <label class="inline">
      ${t('audit.what')}
      <select onChange=${(event: Event) => setWhat((event.target as HTMLSelectElement).value)}>
        <option value="">${t('queue.any')}</option>
        ${DEEDS.map((one) => html`<option value=${one}>${termed('deed', one)}</option>`)}
      </select>
    </label>
    <${Pages} key=${what} target=${`/api/record?limit=50${what === '' ? '' : `&what=${what}`}`} member="entries" none=${t('audit.none')} list=${list} />`
}
