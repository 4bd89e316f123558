/** Two versions beside each other, and which to take. */
import type { Reply } from '../ask.ts'
import type { Conflict, Saving } from '../document.ts'
import { diffLines, type DiffLine } from '../diff.ts'
import { html, useEffect, useRef, type VNode } from '../view.ts'
import { t } from '../words.ts'

/** What is only in the one is marked by a sign too, not by its colour alone. */
const SIGNS: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', old: '−', new: '+' }

export function Differences({ before, after }: { readonly before: string; readonly after: string }): VNode {
  const lines = diffLines(before, after)
  if (lines.every(({ kind }) => kind === 'same')) return html`<p>${t('diff.same')}</p>`
  return html`<pre class="diff" tabindex="0" role="region" aria-label=${t('diff.title')}>${lines.map(
    ({ kind, text }) => html`<span class=${kind}>${SIGNS[kind]} ${text}${'\n'}</span>`,
  )}</pre>`
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)
}

interface ConflictProps<T> {
  readonly saving: Saving<T>
  /** Told when it is settled: with what was saved, or nothing where what is stored stays. */
  readonly settled: (saved?: Reply, sent?: T) => void
}

export function ConflictShown<T>({ saving, settled }: ConflictProps<T>): VNode | undefined {
  const { conflict } = saving
  return conflict && html`<${Both} conflict=${conflict} saving=${saving} settled=${settled} />`
}

function Both<T>({ conflict, saving, settled }: ConflictProps<T> & { readonly conflict: Conflict<T> }): VNode {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const [mine, theirs] = [textOf(conflict.mine), textOf(conflict.theirs.value)]
  const take = async (): Promise<void> => {
    const saved = await saving.insist()
    if (saved !== undefined) settled(saved, conflict.mine)
  }
  return html`<section class="problem conflict" role="alertdialog" aria-labelledby="conflict">
    <h2 id="conflict" ref=${heading} tabindex="-1">${t('conflict.title')}</h2>
    <p>${t('conflict.text')}</p>
    <div class="sides">
      <div>
        <h3>${t('conflict.mine')}</h3>
        <pre tabindex="0" role="region" aria-label=${t('conflict.mine')}>${mine}</pre>
      </div>
      <div>
        <h3>${t('conflict.theirs')}</h3>
        <pre tabindex="0" role="region" aria-label=${t('conflict.theirs')}>${theirs === '' ? t('conflict.gone') : theirs}</pre>
      </div>
    </div>
    <h3>${t('diff.title')}</h3>
    <${Differences} before=${theirs} after=${mine} />
    <div class="choices">
      <button onClick=${() => void take()}>${t('conflict.take.mine')}</button>
      <button class="secondary" onClick=${() => (saving.yield(), settled())}>${t('conflict.take.theirs')}</button>
    </div>
  </section>`
}
