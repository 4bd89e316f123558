/** Long lists come in pages: each is read by itself, and the next one when it is wanted. */
import { useResource, type Reading } from '../resource.ts'
import { html, useState, type Children, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Shown } from './shown.ts'

interface PagesProps<T> {
  /** Without `after`. */
  readonly target: string
  /** The member of the answer that has the list. */
  readonly member: string
  readonly none: string
  /** Gives the list of one page, as it is drawn. */
  readonly list: (items: readonly T[], reload: () => void) => Children
  readonly reading?: Reading<Page>
}

type Page = Readonly<Record<string, unknown>> & { readonly next?: string }

export function Pages<T>(props: PagesProps<T>): VNode {
  const [ends, setEnds] = useState<readonly string[]>([])
  const cursors = [undefined, ...ends]
  return html`${cursors.map(
    (after, index) => html`<${OnePage}
      key=${props.target + (after ?? '')}
      ...${props}
      after=${after}
      last=${index === cursors.length - 1}
      more=${(next: string) => setEnds([...ends, next])}
    />`,
  )}`
}

interface OnePageProps<T> extends PagesProps<T> {
  readonly after: string | undefined
  readonly last: boolean
  readonly more: (next: string) => void
}

function OnePage<T>({ target, member, none, list, reading, after, last, more }: OnePageProps<T>): VNode {
  const joint = target.includes('?') ? '&' : '?'
  const page = useResource<Page>(
    after === undefined ? target : `${target}${joint}after=${encodeURIComponent(after)}`,
    reading,
  )
  const draw = (value: Page): Children => {
    const items = value[member] as readonly T[]
    const { next } = value
    return html`${items.length > 0 && list(items, page.reload)}
    ${items.length === 0 && after === undefined && next === undefined && html`<p>${none}</p>`}
    ${last && next !== undefined && html`<button class="secondary outline" onClick=${() => more(next)}>${t('more')}</button>`}`
  }
  return html`<${Shown} of=${page} as=${draw} />`
}

/** Of a list that came as a whole, at first a part; and the button for more of it, where there is more. */
export function useBounded<T>(items: readonly T[]): { readonly shown: readonly T[]; readonly more: Children } {
  const [count, setCount] = useState(50)
  const rest = items.length - count
  const more =
    rest > 0 &&
    html`<button class="secondary outline" onClick=${() => setCount(count + 50)}>${t('more')} (${rest})</button>`
  return { shown: items.slice(0, count), more }
}
