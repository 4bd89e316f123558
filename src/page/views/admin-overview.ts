/** How the server does: what waits and why, what became of the rest, the store. */
import { ask, Unreachable, type Problem } from '../ask.ts'
import { figuresIn } from '../figures.ts'
import { Heading, Refusal, When } from '../parts/shown.ts'
import { hrefOf } from '../route.ts'
import type { WaitingMessage } from '../shapes.ts'
import { html, useEffect, useState, type VNode } from '../view.ts'
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
  const [count, setCount] = useState(NOTHING)
  const [problem, setProblem] = useState<Problem | undefined>(undefined)
  const [round, setRound] = useState(0)
  useEffect(() => {
    const over = new AbortController()
    countAll(setCount, over.signal).then(setProblem, (error: unknown) => {
      if (!(error instanceof Unreachable)) throw error
    })
    return () => over.abort()
  }, [round])
  return html`<${Heading} text=${t('overview.title')}>
      <button class="small secondary outline" onClick=${() => setRound(round + 1)}>${t('overview.again')}</button>
    </${Heading}>
    ${problem && html`<${Refusal} problem=${problem} />`}
    ${
      count.of === 'counting' &&
      problem === undefined &&
      html`<label>${tn('overview.counting', count.looked)}<progress aria-label=${t('overview.progress')} /></label>`
    }
    ${count.of === 'part' && html`<p>${tn('overview.part', count.looked)}</p>`}
    <div class="tiles">
      <${Tally} title=${t('overview.waits')} of=${count.reasons} group="why" link=${(reason: string) => hrefOf('queue', reason)} />
      <${Tally} title=${t('overview.states')} of=${count.states} group="state" />
    </div>
    ${count.oldest !== undefined && html`<p>${t('overview.oldest')} <${When} at=${count.oldest} /></p>`}
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
          <dd>${n}</dd>
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
  const [version, setVersion] = useState('')
  const [figures, setFigures] = useState<ReadonlyMap<string, number> | 'elsewhere' | undefined>(undefined)
  useEffect(() => {
    ask('GET', '/ui/server.json').then(({ json }) => setVersion((json as { version: string }).version), ignored)
    ask('GET', '/metrics').then(
      ({ status, text }) => setFigures(status === 200 ? figuresIn(text) : 'elsewhere'),
      ignored,
    )
  }, [])
  return html`<section>
    <h2>${t('overview.server')}</h2>
    <p>cpm-xdms ${version}</p>
    ${figures === 'elsewhere' && html`<p>${t('overview.elsewhere')}</p>`}
    ${
      typeof figures === 'object' &&
      html`<dl class="tally">
        ${[...figures].map(([name, value]) => html`<div><dt><code>${name}</code></dt><dd>${value}</dd></div>`)}
      </dl>`
    }
  </section>`
}

const ignored = (): void => undefined
