/** A message as it is shown in every list. */
import type { WaitingMessage } from '../shapes.ts'
import { sizeText, shortWhen } from '../when.ts'
import { html, type VNode } from '../view.ts'
import { locale, t, termed } from '../words.ts'
import { person, When } from './shown.ts'

const HIDDEN = 'sip:anonymous@anonymous.invalid'

interface Headed {
  readonly from: string
  readonly subject?: string
}

export function MessageHead({ message }: { readonly message: Headed }): VNode {
  const { from, subject } = message
  return html`<p class="head">
    <strong>${from === HIDDEN ? t('message.hidden') : person(from)}</strong>
    <span class="subject">${subject ?? t('message.no.subject')}</span>
  </p>`
}

export function MessageFacts({ message }: { readonly message: WaitingMessage }): VNode {
  const { received, contentType, size, expires } = message
  return html`<p class="facts">
    ${t('message.received')} <${When} at=${received} /> · ${contentType} · ${sizeText(size)} · ${t('message.expires')}${' '}
    <${When} at=${expires} />
  </p>`
}

/** Why it waits, and what lets it go. */
export function Why({ message }: { readonly message: WaitingMessage }): VNode {
  const { reason, releasedBy = [], next, state } = message
  const by = releasedBy.map((one) =>
    one === 'time' && next !== undefined ? t('goes.at', { when: shortWhen(next) }) : termed('goes', one),
  )
  return html`<p>
    ${reason === undefined ? termed('state', state) : termed('why', reason)}
    ${by.length > 0 && html` ${t('goes', { by: new Intl.ListFormat(locale(), { type: 'disjunction' }).format(by) })}`}
  </p>`
}
