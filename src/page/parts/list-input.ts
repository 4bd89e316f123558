/** A list that is written with commas. */
import { listIn } from '../rules.ts'
import { html, useState, type VNode } from '../view.ts'

interface Props {
  /** Where no label stands around it. */
  readonly label?: string
  readonly placeholder: string
  readonly list: readonly string[]
  readonly put: (list: readonly string[]) => void
}

/** What is half typed stays as it is typed, as long as it means what is there. */
export function ListInput({ label, placeholder, list, put }: Props): VNode {
  const [text, setText] = useState('')
  const written = (event: Event): void => {
    const { value } = event.target as HTMLInputElement
    setText(value)
    put(listIn(value))
  }
  const shown = listIn(text).join() === list.join() ? text : list.join(', ')
  return html`<input aria-label=${label} value=${shown} placeholder=${placeholder} spellcheck=${false}
    onInput=${written} />`
}
