/** What waits, and what has ended, of everybody. */
import { isOfWaiting } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { ask } from '../ask.ts'
import { Outcome } from '../parts/deeds.ts'
import { MessageFacts, MessageHead, Why } from '../parts/message.ts'
import { Pages } from '../parts/pages.ts'
import { Removal } from '../parts/removal.ts'
import { Heading, person } from '../parts/shown.ts'
import { REASONS, STATES, type WaitingMessage } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

export function Queue({ rest: [reason = ''] }: { readonly rest: readonly string[] }): VNode {
  const first = new URLSearchParams({ state: 'deferred', ...(REASONS.includes(reason) ? { reason } : {}) })
  const [filter, setFilter] = useState(first.toString())
  const acts = useActs()
  const list = (messages: readonly WaitingMessage[], reload: () => void): VNode => html`<ul class="cards">
    ${messages.map((message) => html`<${Item} key=${message.id} message=${message} acts=${acts} changed=${reload} />`)}
  </ul>`
  const submit = (event: Event): void => {
    event.preventDefault()
    const given = [...new FormData(event.target as HTMLFormElement)].map(([name, value]) => [
      name,
      String(value).trim(),
    ])
    setFilter(new URLSearchParams(given.filter(([, value]) => value !== '')).toString())
  }
  return html`<${Heading} text=${t('queue.title')} />
    <form class="fields" onSubmit=${submit}>
      ${choice('state', STATES, 'state', 'deferred')} ${choice('reason', REASONS, 'why', reason)}
      <label>${t('queue.from')}<input name="from" spellcheck=${false} placeholder="sip:bob@example.com" /></label>
      <label>${t('queue.to')}<input name="to" spellcheck=${false} placeholder="sip:alice@example.com" /></label>
      <button type="submit">${t('queue.find')}</button>
    </form>
    <${Outcome} acts=${acts} />
    <${Pages} key=${filter} target=${`/api/messages?${filter === '' ? '' : `${filter}&`}limit=50`} member="messages"
      none=${t('queue.none')} list=${list} reading=${{ on: isOfWaiting }} />`
}

function choice(name: 'state' | 'reason', values: readonly string[], group: string, first: string): VNode {
  return html`<label>
    ${t(`queue.${name}`)}
    <select name=${name}>
      <option value="">${t('queue.any')}</option>
      ${values.map((one) => html`<option value=${one} selected=${one === first}>${termed(group, one)}</option>`)}
    </select>
  </label>`
}

interface ItemProps {
  readonly message: WaitingMessage
  readonly acts: Acts
  readonly changed: () => void
}

function Item({ message, acts, changed }: ItemProps): VNode {
  const path = `/api/messages/${encodeURIComponent(message.id)}`
  const waits = message.state === 'deferred'
  const release = (): void =>
    void acts
      .run(async () => (await ask('POST', `${path}/release`, { json: {} })).problem, t('queue.released'))
      .then(changed)
  const remove = (reason: string): void =>
    void acts
      .run(
        async () => (await ask('DELETE', `${path}?reason=${encodeURIComponent(reason)}`)).problem,
        t('queue.removed'),
      )
      .then(changed)
  return html`<li>
    <${MessageHead} message=${message} />
    <p>${t('queue.for', { to: person(message.to) })}</p>
    <${MessageFacts} message=${message} />
    <${Why} message=${message} />
    ${
      waits &&
      html`<div class="deeds">
        <button class="small" aria-disabled=${acts.busy} onClick=${release}>${t('queue.release')}</button>
        <${Removal} busy=${acts.busy} act=${remove} />
      </div>`
    }
  </li>`
}
