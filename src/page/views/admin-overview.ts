/** How the server does: what waits and why, what became of the rest, the store. */
import { again } from '../again.ts'
import { ask, Unreachable, type Problem } from '../ask.ts'
import { figuresIn } from '../figures.ts'
import { Heading, Refusal, When } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import { hrefOf } from '../route.ts'
import type { WaitingMessage } from '../shapes.ts'
import { html, useEffect, useState, type VNode } from '../view.ts'
import { numberText } from '../when.ts'
import { t, termed, tn } from '../words.ts'

interface Count {
  readonly states: ReadonlyMap<string, number>
  readonly reasons: ReadonlyMap<string, number>
  readonly oldest: string | undefined
  readonly looked: number
  /** `part`: there are more than were looked at. */
  readonly of: 'counting' | 'all' | 'part'
}

const NOTHING: Count = { states: new Map(), reasons: new Map(), oldest: undefined, looked: 0, of: 'counting' }
/** Who has more than this is told that it is a part, and finds the rest by the queue's filters. */
const PAGES_AT_MOST = 100

export function Overview(): VNode {
  const [counted, setCount] = useState(NOTHING)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [round, setRound] = useState(0)
  useEffect(() => {
    const over = new AbortController()
    const unanswered = again()
    const count = (): void =>
      void countAll(setCount, over.signal).then(setProblem, (error: unknown) => {
        if (!(error instanceof Unreachable)) throw error
        if (!over.signal.aborted) unanswered.later(count)
      })
    count()
    return () => {
      over.abort()
      unanswered.end()
    }
  }, [round])
  return html`<${Heading} text=${t('overview.title')}>
      <button class="small secondary outline" onClick=${() => setRound(round + 1)}>${t('overview.again')}</button>
    </${Heading}>
    ${problem && html`<${Refusal} problem=${problem} />`}
    ${
      counted.of === 'counting' &&
      problem === undefined &&
      html`<label>${tn('overview.counting', counted.looked)}<progress aria-label=${t('overview.progress')} /></label>`
    }
    ${counted.of === 'part' && html`<p>${tn('overview.part', counted.looked)}</p>`}
    <div class="tiles">
      <${Tally} title=${t('overview.waits')} of=${counted.reasons} group="why" link=${(reason: string) => hrefOf('queue', reason)} />
      <${Tally} title=${t('overview.states')} of=${counted.states} group="state" />
    </div>
    ${counted.oldest !== undefined && html`<p>${t('overview.oldest')} <${When} at=${counted.oldest} /></p>`}
    <${Server} key=${round} />`
}

interface TallyProps {
  readonly title: string
  readonly of: ReadonlyMap<string, number>
  readonly group: string
  readonly link?: (term: string) => string
}

function Tally({ title, of, group, link }: TallyProps): VNode {
  const rows = [...of].sort(([, one], [, other]) => other - one)
  return html`<section>
    <h2>${title}</h2>
    ${rows.length === 0 && html`<p>${t('overview.nothing')}</p>`}
    <dl class="tally">
      ${rows.map(
        ([term, n]) => html`<div>
          <dt>${link === undefined ? termed(group, term) : html`<a href=${link(term)}>${termed(group, term)}</a>`}</dt>
          <dd>${numberText(n)}</dd>
        </div>`,
      )}
    </dl>
  </section>`
}

async function countAll(tell: (count: Count) => void, signal: AbortSignal): Promise<Problem | undefined> {
  let count = NOTHING
  let after: string | undefined
  for (let page = 0; page < PAGES_AT_MOST && !signal.aborted; page++) {
    const more = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
    const { problem, json } = await ask('GET', `/api/messages?limit=100${more}`)
    if (problem !== undefined) return problem
    const { messages, next } = json as { readonly messages: readonly WaitingMessage[]; readonly next?: string }
    after = next
    count = {
      ...added(count, messages),
      of: next === undefined ? 'all' : page + 1 < PAGES_AT_MOST ? 'counting' : 'part',
    }
    if (!signal.aborted) tell(count)
    if (next === undefined) break
  }
  return undefined
}

function added(count: Count, messages: readonly WaitingMessage[]): Count {
  const states = new Map(count.states)
  const reasons = new Map(count.reasons)
  let { oldest } = count
  for (const { state, reason, received } of messages) {
    states.set(state, (states.get(state) ?? 0) + 1)
    if (state !== 'deferred') continue
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
    if (oldest === undefined || Date.parse(received) < Date.parse(oldest)) oldest = received
  }
  return { ...count, states, reasons, oldest, looked: count.looked + messages.length }
}

/** Which server this is, and its figures where they are within reach: they may be on a listener of their own. */
function Server(): VNode {
  const server = useResource<{ readonly version: string }>('/ui/server.json')
  const figures = useResource<string>('/metrics')
  return html`<section>
    <h2>${t('overview.server')}</h2>
    <p>cpm-xdms ${server.kind === 'there' && server.value.version}</p>
    ${figures.kind === 'refused' && html`<p>${t('overview.elsewhere')}</p>`}
    ${
      figures.kind === 'there' &&
      html`<dl class="tally">
        ${[...figuresIn(figures.value)].map(([name, value]) => html`<div><dt><code>${name}</code></dt><dd>${numberText(value)}</dd></div>`)}
      </dl>`
    }
  </section>`
}
