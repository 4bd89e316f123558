/** A tab for everything, and one for each device (WAI-ARIA: arrows go from one to the next). */
import { html, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { deviceName } from './shown.ts'

interface Props {
  readonly ids: readonly string[]
  /** Empty: everything. */
  readonly chosen: string
  readonly choose: (id: string) => void
}

export function Tabs({ ids, chosen, choose }: Props): VNode {
  const all = ['', ...ids]
  const press = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = (all.indexOf(chosen) + step + all.length) % all.length
    choose(all[at] ?? '')
    document.getElementById(`tab-${at - 1}`)?.focus()
  }
  return html`<div role="tablist" class="tabs" aria-label=${t('week.tabs')} onKeyDown=${press}>
    ${all.map(
      (id, at) => html`<button key=${id} id=${`tab-${at - 1}`} role="tab" class="small outline" title=${id}
        aria-selected=${id === chosen ? 'true' : 'false'} aria-controls="week-panel" tabindex=${id === chosen ? 0 : -1}
        onClick=${() => choose(id)}>${id === '' ? t('week.everything') : deviceName(id)}</button>`,
    )}
  </div>`
}
