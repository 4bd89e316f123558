/** What changes, of everybody, as it happens: the page's own stream, shown. */
import { listen, type LiveEvent } from '../live.ts'
import { useBounded } from '../parts/pages.ts'
import { Heading, person, When } from '../parts/shown.ts'
import { html, useEffect, useState, type VNode } from '../view.ts'
import { t, termed, tn } from '../words.ts'

/**
 * So many of those that came while somebody looked. The stream goes back only behind an id that one was given, so what
 * was before is not here: the histories of the documents and the audit have it.
 */
const KEPT = 2_000

export function Changes(): VNode {
  const [events, setEvents] = useState<readonly LiveEvent[]>([])
  const [paused, setPaused] = useState(false)
  useEffect(() => {
    if (paused) return
    return listen((event) => {
      if (event.kind !== 'again' && event.kind !== 'waiting') setEvents((before) => [event, ...before].slice(0, KEPT))
    })
  }, [paused])
  const { shown, more } = useBounded(events)
  return html`<${Heading} text=${t('changes.title')}>
      <button class="small secondary outline" aria-pressed=${paused ? 'true' : 'false'} onClick=${() => setPaused(!paused)}>${t('changes.pause')}</button>
    </${Heading}>
    <p>${t('changes.text')}</p>
    <div role="log" aria-label=${t('changes.title')}>
      <ul class="lines">
        ${shown.map((event) => html`<${One} key=${(event.id ?? '') + event.kind} event=${event} />`)}
      </ul>
    </div>
    ${more}
    ${events.length === KEPT && html`<p>${tn('changes.newest', KEPT)}</p>`}`
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
