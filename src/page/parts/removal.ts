/** An administrator says why he takes a message away; it is kept with it. */
import { html, useLayoutEffect, useRef, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'

interface Props {
  readonly disabled: boolean
  readonly act: (reason: string) => void
}

export function Removal({ disabled, act }: Props): VNode {
  const [asked, setAsked] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => void (asked && field.current?.focus()), [asked])
  if (!asked)
    return html`<button class="small secondary outline" disabled=${disabled} onClick=${() => setAsked(true)}>
      ${t('queue.remove')}
    </button>`
  const submit = (event: Event): void => {
    event.preventDefault()
    setAsked(false)
    act(field.current?.value.trim() ?? '')
  }
  return html`<form class="confirm" onSubmit=${submit}>
    <input ref=${field} required maxlength="998" aria-label=${t('queue.why')} placeholder=${t('queue.why')} />
    <button class="small" disabled=${disabled}>${t('queue.remove')}</button>
    <button type="button" class="small secondary" onClick=${() => setAsked(false)}>${t('cancel')}</button>
  </form>`
}
