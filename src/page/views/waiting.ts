/** What waits for me: from whom, why, and what will let it go. */
import { isOfUser } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { MessageFacts, MessageHead, Why } from '../parts/message.ts'
import { Bounded } from '../parts/pages.ts'
import { Heading, Shown } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import type { Me } from '../session.ts'
import type { Deferred, WaitingMessage } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t, tn } from '../words.ts'

export function Waiting({ me }: { readonly me: Me }): VNode {
  const waiting = useResource<Deferred>(ofUser(me.xui, 'deferred'), { on: isOfUser(me.xui), looked: true })
  const acts = useActs()
  const draw = (message: WaitingMessage): VNode =>
    html`<${Item} key=${message.id} message=${message} acts=${acts} done=${waiting.reload} />`
  return html`<${Heading} text=${t('waiting.title')} />
    <${Outcome} acts=${acts} />
    <${Shown} of=${waiting} as=${({ messages }: Deferred) => html`
      <p>${tn('now.waiting', messages.length)}</p>
      <${Bounded} items=${messages} draw=${draw} />
    `} />`
}

interface ItemProps {
  readonly message: WaitingMessage
  readonly acts: Acts
  readonly done: () => void
}

function Item({ message, acts, done }: ItemProps): VNode {
  const path = `/api/messages/${encodeURIComponent(message.id)}`
  const evenIfQuiet = message.reason === 'do-not-disturb'
  const have = (): void =>
    void acts
      .run(async () => (await ask('POST', `${path}/release`, { json: { evenIfQuiet } })).problem, t('waiting.let'))
      .then(done)
  const drop = (): void =>
    void acts.run(async () => (await ask('DELETE', path)).problem, t('waiting.dropped')).then(done)
  return html`<li>
    <${MessageHead} message=${message} />
    <${MessageFacts} message=${message} />
    <${Why} message=${message} />
    <div class="deeds">
      <button class="small" disabled=${acts.busy} onClick=${have}>${t('waiting.have')}</button>
      <${Confirm} label=${t('waiting.drop')} question=${t('waiting.drop.sure')} disabled=${acts.busy} act=${drop} />
    </div>
  </li>`
}
