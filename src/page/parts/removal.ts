/** An administrator says why he takes a message away; it is kept with it. */
import { html, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { useAskedFocus } from './deeds.ts'

interface Props {
  readonly busy: boolean
  readonly act: (reason: string) => void
}

export function Removal({ busy, act }: Props): VNode {
  const [asked, setAsked] = useState(false)
  const { first, ask } = useAskedFocus<HTMLInputElement>(asked)
  if (!asked)
    return html`<button ref=${ask} class="small secondary outline" aria-disabled=${busy} onClick=${() => setAsked(true)}>
      ${t('queue.remove')}
    </button>`
  const submit = (event: Event): void => {
    event.preventDefault()
    setAsked(false)
    act(first.current?.value.trim() ?? '')
  }
  const leave = (event: KeyboardEvent): void => void (event.key === 'Escape' && setAsked(false))
  return html`<form class="confirm" onSubmit=${submit} onKeyDown=${leave}>
    <input ref=${first} required maxlength="998" aria-label=${t('queue.why')} placeholder=${t('queue.why')} />
    <button class="small" aria-disabled=${busy}>${t('queue.remove')}</button>
    <button type="button" class="small secondary" onClick=${() => setAsked(false)}>${t('cancel')}</button>
  </form>`
}
