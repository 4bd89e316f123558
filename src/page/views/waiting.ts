/** What waits for me: from whom, why, and what will let it go. */
import { isOfUser } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { MessageFacts, MessageHead, Why } from '../parts/message.ts'
import { useBounded } from '../parts/pages.ts'
import { Heading, Shown } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import type { Me } from '../session.ts'
import type { Deferred, Registrations, WaitingMessage } from '../shapes.ts'
import { storeWaiting } from '../retrieval.ts'
import { html, type VNode } from '../view.ts'
import { t, tn } from '../words.ts'

export function Waiting({ me }: { readonly me: Me }): VNode {
  const waiting = useResource<Deferred>(ofUser(me.xui, 'deferred'), { on: isOfUser(me.xui) })
  const devices = useResource<Registrations>(ofUser(me.xui, 'registrations'), { on: isOfUser(me.xui) })
  const acts = useActs()
  const registered = devices.kind === 'there' ? devices.value.registrations.find((one) => one.registered) : undefined
  const draw = (message: WaitingMessage): VNode =>
    html`<${Item} key=${message.id} me=${me} message=${message} acts=${acts} device=${registered?.device}
      done=${waiting.reload} />`
  return html`<${Heading} text=${t('waiting.title')} />
    <${Outcome} acts=${acts} />
    <${Shown} of=${waiting} as=${({ messages }: Deferred) => html`<${List} messages=${messages} draw=${draw} />`} />`
}

interface ListProps extends Deferred {
  readonly draw: (message: WaitingMessage) => VNode
}

function List({ messages, draw }: ListProps): VNode {
  const { shown, more } = useBounded(messages)
  return html`<p>${tn('now.waiting', messages.length)}</p>
    <ul class="cards">${shown.map(draw)}</ul>
    ${more}`
}

interface ItemProps {
  readonly me: Me
  readonly message: WaitingMessage
  readonly acts: Acts
  /** One that is registered: what is stored is stored by a device. */
  readonly device: string | undefined
  readonly done: () => void
}

function Item({ me, message, acts, device, done }: ItemProps): VNode {
  const path = `/api/messages/${encodeURIComponent(message.id)}`
  const evenIfQuiet = message.reason === 'do-not-disturb'
  const have = (): void =>
    void acts
      .run(async () => (await ask('POST', `${path}/release`, { json: { evenIfQuiet } })).problem, t('waiting.let'))
      .then(done)
  const drop = (): void =>
    void acts.run(async () => (await ask('DELETE', path)).problem, t('waiting.dropped')).then(done)
  const store = (): void =>
    void acts.run(() => storeWaiting(me.xui, device ?? '', message.id), t('waiting.kept')).then(done)
  return html`<li>
    <${MessageHead} message=${message} />
    <${MessageFacts} message=${message} />
    <${Why} message=${message} />
    <div class="deeds">
      <button class="small" aria-disabled=${acts.busy} onClick=${have}>${t('waiting.have')}</button>
      ${
        device !== undefined &&
        html`<button class="small secondary outline" aria-disabled=${acts.busy} onClick=${store}>${t('waiting.store')}</button>`
      }
      <${Confirm} label=${t('waiting.drop')} question=${t('waiting.drop.sure')} busy=${acts.busy} act=${drop} />
    </div>
  </li>`
}
