/** Long lists come in pages: each is read by itself, and the next one when it is wanted. */
import { useResource, type Reading } from '../resource.ts'
import { html, useEffect, useRef, useState, type Children, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Shown } from './shown.ts'

interface PagesProps<T> {
  /** Without `after`. */
  readonly target: string
  /** The member of the answer that has the list. */
  readonly member: string
  readonly none: string
  /** Gives the list of one page, as it is drawn. */
  readonly list: (items: readonly T[], reload: () => Promise<void>) => Children
  readonly reading?: Reading<Page>
  /** Counts up when all of it is to be read again. */
  readonly round?: number
}

type Page = Readonly<Record<string, unknown>> & { readonly next?: string }

export function Pages<T>(props: PagesProps<T>): VNode {
  const [wanted, setWanted] = useState(1)
  return html`<${OnePage} ...${props} after=${undefined} wanted=${wanted} more=${() => setWanted(wanted + 1)} />`
}

interface OnePageProps<T> extends PagesProps<T> {
  readonly after: string | undefined
  /** So many pages, with this one. */
  readonly wanted: number
  readonly more: () => void
}

/**
 * A page, and behind it the next: that one begins where this one ends, also when this one has been read again and ends
 * somewhere else.
 */
function OnePage<T>(props: OnePageProps<T>): VNode {
  const { target, member, none, list, reading, round = 0, after, wanted, more } = props
  const joint = target.includes('?') ? '&' : '?'
  const page = useResource<Page>(after === undefined ? target : `${target}${joint}after=${encodeURIComponent(after)}`, {
    ...reading,
    keeps: true,
  })
  const read = useRef(round)
  useEffect(() => {
    if (read.current !== round) void page.reload()
    read.current = round
  }, [round])
  const draw = (value: Page): Children => {
    const items = value[member] as readonly T[]
    const { next } = value
    return html`${items.length > 0 && list(items, page.reload)}
    ${items.length === 0 && after === undefined && next === undefined && html`<p>${none}</p>`}
    ${next !== undefined && wanted > 1 && html`<${OnePage} ...${props} after=${next} wanted=${wanted - 1} />`}
    ${next !== undefined && wanted === 1 && html`<button class="secondary outline" onClick=${more}>${t('more')}</button>`}`
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
