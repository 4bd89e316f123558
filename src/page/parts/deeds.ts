/** Buttons, and what became of what they did. */
import type { Acts } from '../acts.ts'
import { html, useLayoutEffect, useRef, useState, type RefObject, type VNode } from '../view.ts'
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
  readonly busy?: boolean
  readonly act: () => void
}

/** The focus goes to what is asked, and back to who asked it when that is over. */
export function useAskedFocus<T extends HTMLElement>(
  asked: boolean,
): { readonly first: RefObject<T | null>; readonly ask: RefObject<HTMLButtonElement | null> } {
  const first = useRef<T>(null)
  const ask = useRef<HTMLButtonElement>(null)
  const before = useRef(asked)
  useLayoutEffect(() => {
    if (asked !== before.current) (asked ? first : ask).current?.focus()
    before.current = asked
  }, [asked])
  return { first, ask }
}

/** What cannot be taken back is asked twice. */
export function Confirm({ label, question, busy = false, act }: ConfirmProps): VNode {
  const [asked, setAsked] = useState(false)
  const { first, ask } = useAskedFocus<HTMLButtonElement>(asked)
  if (!asked)
    return html`<button ref=${ask} class="small secondary outline" aria-disabled=${busy} onClick=${() => setAsked(true)}>
      ${label}
    </button>`
  const leave = (event: KeyboardEvent): void => void (event.key === 'Escape' && setAsked(false))
  return html`<span class="confirm" role="group" aria-label=${question} onKeyDown=${leave}>
    <span>${question}</span>
    <button ref=${first} class="small" aria-disabled=${busy} onClick=${() => (setAsked(false), act())}>${label}</button>
    <button class="small secondary" onClick=${() => setAsked(false)}>${t('cancel')}</button>
  </span>`
}
