/** My message store. */
import { isOfUser } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { MessageHead } from '../parts/message.ts'
import { Pages } from '../parts/pages.ts'
import { Heading, Shown, When } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import type { Me } from '../session.ts'
import type { StoredMessage, StoredView } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { sizeText } from '../when.ts'
import { t, termed } from '../words.ts'

export function Stored({ me }: { readonly me: Me }): VNode {
  const acts = useActs()
  const list = (messages: readonly StoredView[], reload: () => void): VNode => html`<ul class="cards">
    ${messages.map(
      (message) => html`<${Item} key=${message.id} me=${me} message=${message} acts=${acts} changed=${reload} />`,
    )}
  </ul>`
  return html`<${Heading} text=${t('stored.title')} />
    <${Outcome} acts=${acts} />
    <${Pages} target=${ofUser(me.xui, 'stored?limit=50')} member="messages" none=${t('stored.none')} list=${list}
      reading=${{ on: isOfUser(me.xui) }} />`
}

interface ItemProps {
  readonly me: Me
  readonly message: StoredView
  readonly acts: Acts
  readonly changed: () => void
}

function Item({ me, message, acts, changed }: ItemProps): VNode {
  const [open, setOpen] = useState(false)
  const target = ofUser(me.xui, `stored/${encodeURIComponent(message.id)}`)
  const read = (): void => {
    setOpen(!open)
    if (!open && !message.read) void acts.run(async () => (await ask('PUT', `${target}/read`)).problem).then(changed)
  }
  const remove = (): void =>
    void acts.run(async () => (await ask('DELETE', target)).problem, t('stored.removed')).then(changed)
  return html`<li class=${message.read ? undefined : 'unread'}>
    <${MessageHead} message=${message} />
    <p class="facts">
      <${When} at=${message.sent} /> · ${message.contentType} · ${sizeText(message.size)} ·
      ${' '}${termed('stored', message.because)}
      ${message.expires !== undefined && html` · ${t('message.expires')} <${When} at=${message.expires} />`}
    </p>
    ${open && html`<${Body} target=${target} />`}
    <div class="deeds">
      <button class="small" aria-expanded=${open} onClick=${read}>${t(open ? 'stored.close' : 'stored.read')}</button>
      <${Confirm} label=${t('stored.remove')} question=${t('stored.remove.sure')} busy=${acts.busy} act=${remove} />
    </div>
  </li>`
}

function Body({ target }: { readonly target: string }): VNode {
  const message = useResource<StoredMessage>(target)
  return html`<${Shown} of=${message} as=${({ body }: StoredMessage) =>
    body === undefined
      ? html`<p>${t('stored.no.text')}</p>`
      : html`<pre class="body" tabindex="0" role="region" aria-label=${t('stored.body')}>${body}</pre>`} />`
}
