/** Rules in their order, as sentences, each to be changed by form, moved and removed: a profile's, and the policy's. */
import type { Fault } from '../ask.ts'
import { freeRuleId, movedTo, replacedAt } from '../rules.ts'
import { ruleSentence } from '../sentences.ts'
import type { Rule } from '../shapes.ts'
import { html, useLayoutEffect, useRef, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { FaultsAt } from './faults.ts'
import { RuleFields } from './rule-fields.ts'

interface Props {
  readonly rules: readonly Rule[]
  readonly change: (to: (rules: readonly Rule[]) => readonly Rule[]) => void
  readonly faults: readonly Fault[]
  /** Where the rules lie in the document. */
  readonly path: string
}

export function RuleList({ rules, change, faults, path }: Props): VNode {
  const [open, setOpen] = useState<number | undefined>(undefined)
  const [said, say] = useState('')
  const list = useRef<HTMLDivElement>(null)
  // What had the focus is drawn in another place, or not any more: where it goes is a selector.
  const next = useRef<string | undefined>(undefined)
  useLayoutEffect(() => {
    if (next.current !== undefined) list.current?.querySelector<HTMLElement>(next.current)?.focus()
    next.current = undefined
  }, [rules, open])
  const move = (from: number, by: number): void => {
    const to = from + by
    const rule = rules[from]
    if (rule === undefined || to < 0 || to >= rules.length) return
    change((all) => movedTo(all, from, to))
    setOpen(open === from ? to : open === to ? from : open)
    next.current = `[data-at="${to}"] [data-by="${by}"]`
    say(t('rules.moved', { id: rule.id, at: to + 1, of: rules.length }))
  }
  const remove = (at: number): void => {
    change((all) => all.filter((_, index) => index !== at))
    setOpen(undefined)
    next.current = '[data-add]'
    say(t('rules.removed', { id: rules[at]?.id ?? '' }))
  }
  const add = (): void => {
    change((all) => [...all, { id: freeRuleId(all), action: 'deliver' }])
    setOpen(rules.length)
    next.current = `[data-at="${rules.length}"] [data-first]`
  }
  return html`<div ref=${list}>
    ${rules.length === 0 && html`<p>${t('rules.none')}</p>`}
    <ol class="cards rules">
      ${rules.map(
        (rule, at) => html`<${One} rule=${rule} at=${at} open=${open === at} faults=${faults} path=${`${path}/${at}`}
          move=${(by: number) => move(at, by)} toggle=${() => setOpen(open === at ? undefined : at)} remove=${() => remove(at)}
          put=${(to: (rule: Rule) => Rule) => change((all) => replacedAt(all, at, to(all[at] ?? rule)))} />`,
      )}
    </ol>
    <button type="button" data-add class="small secondary outline" onClick=${add}>${t('rules.add')}</button>
    <p role="status" class="facts">${said}</p>
  </div>`
}

interface OneProps {
  readonly rule: Rule
  readonly at: number
  readonly open: boolean
  readonly faults: readonly Fault[]
  readonly path: string
  readonly toggle: () => void
  readonly move: (by: number) => void
  readonly remove: () => void
  readonly put: (to: (rule: Rule) => Rule) => void
}

function One({ rule, at, open, faults, path, toggle, move, remove, put }: OneProps): VNode {
  const deed = (word: 'rules.up' | 'rules.down' | 'week.remove', act: () => void, by = 0): VNode =>
    html`<button type="button" class="small secondary outline" data-by=${by} aria-label=${`${t(word)}: ${rule.id}`} onClick=${act}>
      ${t(word)}
    </button>`
  return html`<li data-at=${at} aria-label=${rule.id}>
    <p>${ruleSentence(rule)}</p>
    <div class="deeds">
      <button type="button" class="small" aria-expanded=${open} aria-label=${`${t('rules.edit')}: ${rule.id}`} onClick=${toggle}>${t('rules.edit')}</button>
      ${deed('rules.up', () => move(-1), -1)} ${deed('rules.down', () => move(1), 1)} ${deed('week.remove', remove)}
    </div>
    <${FaultsAt} faults=${open ? faults.filter((one) => one.path === path) : faults} path=${path} />
    ${open && html`<${RuleFields} rule=${rule} put=${put} faults=${faults} path=${path} />`}
  </li>`
}
