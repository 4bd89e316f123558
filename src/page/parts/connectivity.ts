/** How much a message may have on each kind of connection, as devices register it. */
import type { Fault } from '../ask.ts'
import { replacedAt } from '../rules.ts'
import { html, useEffect, useRef, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { FaultsAt } from './faults.ts'

export interface Connection {
  readonly name: string
  readonly maxBytes?: number
}

interface Props {
  readonly connections: readonly Connection[]
  readonly put: (connections: readonly Connection[]) => void
  readonly faults: readonly Fault[]
}

export function Connectivity({ connections, put, faults }: Props): VNode {
  const rows = useRef<HTMLFieldSetElement>(null)
  const count = useRef(connections.length)
  useEffect(() => {
    // Whoever adds a row goes on in it.
    const added = connections.length > count.current
    count.current = connections.length
    if (added) rows.current?.querySelector<HTMLElement>('.row:last-of-type input')?.focus()
  }, [connections.length])
  const bytes = (one: Connection, text: string): Connection =>
    text === '' ? { name: one.name } : { ...one, maxBytes: Number(text) }
  return html`<fieldset ref=${rows} class="wide">
    <legend>${t('policy.connectivity')}</legend>
    ${connections.map(
      (one, at) => html`<div class="inline row">
          <input aria-label=${t('policy.connectivity.name')} value=${one.name} placeholder="roaming" spellcheck=${false}
            onInput=${(event: Event) => put(replacedAt(connections, at, { ...one, name: valueOf(event) }))} />
          <input type="number" min="0" step="1" aria-label=${t('policy.connectivity.bytes')} placeholder=${t('policy.connectivity.bytes')}
            value=${one.maxBytes ?? ''} onInput=${(event: Event) => put(replacedAt(connections, at, bytes(one, valueOf(event))))} />
          <button type="button" class="small secondary outline" aria-label=${`${t('week.remove')}: ${one.name}`}
            onClick=${() => put(connections.filter((_, index) => index !== at))}>${t('week.remove')}</button>
        </div>
        <${FaultsAt} faults=${faults} path=${`/connectivity/${at}`} />`,
    )}
    <button type="button" class="small secondary outline" onClick=${() => put([...connections, { name: '' }])}>${t('policy.connectivity.add')}</button>
    <p><small>${t('policy.built.in', { value: t('policy.connectivity.none') })}</small></p>
  </fieldset>`
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement).value
}
