/** Buttons, and what became of what they did. */
import type { Acts } from '../acts.ts'
import { html, useLayoutEffect, useRef, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Refusal } from './shown.ts'

export function Outcome({ acts }: { readonly acts: Acts }): VNode {
  return html`${acts.problem && html`<${Refusal} problem=${acts.problem} />`}
    <p role="status" class="done">${acts.done}</p>`
}

interface ConfirmProps {
  readonly label: string
  /** What is asked before it is done. */
  readonly question: string
  readonly disabled?: boolean
  readonly act: () => void
}

/** What cannot be taken back is asked twice. */
export function Confirm({ label, question, disabled = false, act }: ConfirmProps): VNode {
  const [asked, setAsked] = useState(false)
  const yes = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => void (asked && yes.current?.focus()), [asked])
  if (!asked)
    return html`<button class="small secondary outline" disabled=${disabled} onClick=${() => setAsked(true)}>
      ${label}
    </button>`
  const leave = (event: KeyboardEvent): void => void (event.key === 'Escape' && setAsked(false))
  return html`<span class="confirm" role="group" aria-label=${question} onKeyDown=${leave}>
    <span>${question}</span>
    <button ref=${yes} class="small" disabled=${disabled} onClick=${() => (setAsked(false), act())}>${label}</button>
    <button class="small secondary" onClick=${() => setAsked(false)}>${t('cancel')}</button>
  </span>`
}
