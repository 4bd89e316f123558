/** What changes, of everybody, as it happens: the page's own stream, shown. */
import { listen, type LiveEvent } from '../live.ts'
import { Heading, person, When } from '../parts/shown.ts'
import { html, useEffect, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

/** Enough to see what is going on; history has the rest. */
const KEPT = 200

export function Changes(): VNode {
  const [events, setEvents] = useState<readonly LiveEvent[]>([])
  const [paused, setPaused] = useState(false)
  useEffect(() => {
    if (paused) return
    return listen((event) => {
      if (event.kind !== 'again') setEvents((before) => [event, ...before].slice(0, KEPT))
    })
  }, [paused])
  return html`<${Heading} text=${t('changes.title')}>
      <button class="small secondary outline" aria-pressed=${paused ? 'true' : 'false'} onClick=${() => setPaused(!paused)}>${t('changes.pause')}</button>
    </${Heading}>
    <p>${t('changes.text')}</p>
    <div role="log" aria-label=${t('changes.title')}>
      <ul class="lines">
        ${events.map((event) => html`<${One} key=${(event.id ?? '') + event.kind} event=${event} />`)}
      </ul>
    </div>`
}

function One({ event: { kind, data } }: { readonly event: LiveEvent }): VNode {
  const { user, at, document, about, doNotDisturb, device, from } = data as Record<string, any>
  return html`<li>
    <${When} at=${at} />
    <strong>${user === undefined ? t('changes.global') : person(user)}</strong>
    <span>
      ${kind === 'change' && `${termed('about', about)}: ${termed('changed', data.kind)}`}
      ${kind === 'state' && t(doNotDisturb === true ? 'changes.quiet' : 'changes.loud')}
      ${kind === 'stored' && `${t('changes.stored')} ${from ?? ''}`}
      ${kind === 'report' && t('changes.report')}
    </span>
    <small class="uri">${document ?? device ?? ''}</small>
  </li>`
}
