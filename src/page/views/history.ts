/** What my documents were before, what was changed, and how to have it back. */
import { isOfDocuments } from '../about.ts'
import { useActs } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { Differences } from '../parts/differences.ts'
import { useBounded } from '../parts/pages.ts'
import { Heading, person, Shown, When } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import { hrefOf } from '../route.ts'
import type { Me } from '../session.ts'
import type { Documents, Version, Versions } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { sizeText } from '../when.ts'
import { t, termed } from '../words.ts'

interface Props {
  readonly me: Me
  readonly rest: readonly string[]
}

export function History({ me, rest: [auid, name] }: Props): VNode {
  if (auid === undefined || name === undefined) return html`<${List} me=${me} />`
  return html`<${Of} key=${`${auid}/${name}`} me=${me} auid=${auid} name=${name} />`
}

function List({ me }: { readonly me: Me }): VNode {
  const documents = useResource<Documents>(ofUser(me.xui, 'documents'), { on: isOfDocuments(me.xui) })
  return html`<${Heading} text=${t('history.title')} />
    <${Shown} of=${documents} as=${(value: Documents) => html`<${Lines} documents=${value.documents} />`} />`
}

function Lines({ documents }: Documents): VNode {
  const { shown, more } = useBounded(documents)
  return html`${documents.length === 0 && html`<p>${t('history.none')}</p>`}
    <ul class="lines">
      ${shown.map(
        ({ auid, name, changed, by, size }) => html`<li key=${auid + name}>
          <a href=${hrefOf('history', auid, name)}>${termed('document', auid)}${name !== 'index' && html` ${name}`}</a>
          <span class="facts"><${When} at=${changed} /> · ${t('history.by', { by: person(by) })} · ${sizeText(size)}</span>
        </li>`,
      )}
    </ul>
    ${more}`
}

interface OfProps {
  readonly me: Me
  readonly auid: string
  readonly name: string
}

function Of({ me, auid, name }: OfProps): VNode {
  const base = ofUser(me.xui, `documents/${encodeURIComponent(auid)}/${encodeURIComponent(name)}/history`)
  const versions = useResource<Versions>(base, { on: isOfDocuments(me.xui) })
  const [chosen, setChosen] = useState<string | undefined>(undefined)
  const acts = useActs()
  const restore = (etag: string, present: string | undefined): void => {
    const headers: Record<string, string> =
      present === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${present}"` }
    void acts
      .run(async () => (await ask('POST', `${base}/${etag}/restore`, { headers })).problem, t('history.restored'))
      .then((done) => {
        if (done) setChosen(undefined)
        void versions.reload()
      })
  }
  const title = `${termed('document', auid)}${name === 'index' ? '' : ` ${name}`}`
  const draw = ({ versions: all }: Versions): VNode => {
    const present = all.find(({ replaced }) => replaced === undefined)
    const one = (version: Version): VNode => html`<${One}
      key=${version.etag}
      base=${base}
      version=${version}
      present=${present}
      open=${chosen === version.etag}
      choose=${() => setChosen(chosen === version.etag ? undefined : version.etag)}
      busy=${acts.busy}
      restore=${() => restore(version.etag, present?.etag)}
    />`
    return html`<${Cards} versions=${all} draw=${one} />`
  }
  return html`<${Heading} text=${title}><a href=${hrefOf('history')}>${t('history.all')}</a></${Heading}>
    <${Outcome} acts=${acts} />
    <${Shown} of=${versions} as=${draw} />`
}

interface CardsProps extends Versions {
  readonly draw: (version: Version) => VNode
}

function Cards({ versions, draw }: CardsProps): VNode {
  const { shown, more } = useBounded(versions)
  return html`<ol class="cards" reversed>${shown.map(draw)}</ol>${more}`
}

interface OneProps {
  readonly base: string
  readonly version: Version
  readonly present: Version | undefined
  readonly open: boolean
  readonly choose: () => void
  readonly busy: boolean
  readonly restore: () => void
}

function One({ base, version, present, open, choose, busy, restore }: OneProps): VNode {
  const isPresent = version.etag === present?.etag
  return html`<li>
    <p class="head">
      <strong><${When} at=${version.changed} /></strong>${' '}
      ${t('history.by', { by: person(version.by) })} · ${sizeText(version.size)} ${isPresent && html`<mark>${t('history.present')}</mark>`}
    </p>
    <div class="deeds">
      <button class="small" aria-expanded=${open} onClick=${choose}>${t(isPresent ? 'history.show' : 'history.compare')}</button>
      ${!isPresent && html`<${Confirm} label=${t('history.restore')} question=${t('history.restore.sure')} busy=${busy} act=${restore} />`}
    </div>
    ${open && html`<${Compared} base=${base} version=${version} present=${present} />`}
  </li>`
}

function Compared({ base, version, present }: Pick<OneProps, 'base' | 'version' | 'present'>): VNode {
  const old = useResource<string>(`${base}/${version.etag}`)
  const now = useResource<string>(present === undefined ? undefined : `${base}/${present.etag}`)
  const after = present === undefined ? '' : now.kind === 'there' ? now.value : undefined
  return html`<${Shown} of=${old} as=${(text: string) => {
    if (version.etag === present?.etag)
      return html`<pre tabindex="0" role="region" aria-label=${t('history.show')}>${text}</pre>`
    return (
      after !== undefined &&
      html`<p class="facts">${t('history.since')}</p><${Differences} before=${text} after=${after} />`
    )
  }} />`
}
