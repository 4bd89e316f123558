/** My profiles: cards with their rules as sentences; one opened with its XML beside it. */
import { isOfDocuments } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { chooseProfile } from '../active-profile.ts'
import { ask, ofUser } from '../ask.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { NewProfile } from '../parts/new-profile.ts'
import { ProfileXml } from '../parts/profile-xml.ts'
import { RulesForm } from '../parts/rules-form.ts'
import { deviceName, Heading, Shown } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import { hrefOf } from '../route.ts'
import { elseSentences, ruleSentence, waitSentences } from '../sentences.ts'
import type { Me } from '../session.ts'
import type { ActiveProfile, Profile, Profiles as List } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { language, t } from '../words.ts'

interface Props {
  readonly me: Me
  readonly rest: readonly string[]
}

export function Profiles({ me, rest: [id] }: Props): VNode {
  return id === undefined ? html`<${Cards} me=${me} />` : html`<${One} key=${id} me=${me} id=${id} />`
}

function Cards({ me }: { readonly me: Me }): VNode {
  const on = isOfDocuments(me.xui)
  const list = useResource<List>(ofUser(me.xui, 'profiles'), { on })
  const active = useResource<ActiveProfile | 'none'>(ofUser(me.xui, 'active-profile'), { on, none: 'none' })
  const acts = useActs()
  const holds = active.kind === 'there' && active.value !== 'none' ? active.value : undefined
  const changed = (): void => void Promise.all([list.reload(), active.reload()])
  return html`<${Heading} text=${t('profiles.title')} />
    <${Outcome} acts=${acts} />
    <${Shown} of=${list} as=${({ profiles }: List) => html`
      ${profiles.length === 0 && html`<p>${t('profiles.none')}</p>`}
      <ul class="cards">
        ${profiles.map(({ id }) => html`<${Card} key=${id} me=${me} id=${id} active=${holds} acts=${acts} changed=${changed} />`)}
      </ul>
    `} />
    <${NewProfile} me=${me} acts=${acts} made=${changed} />`
}

interface CardProps {
  readonly me: Me
  readonly id: string
  readonly active: ActiveProfile | undefined
  readonly acts: Acts
  readonly changed: () => void
}

function Card({ me, id, active, acts, changed }: CardProps): VNode {
  const target = ofUser(me.xui, `profiles/${encodeURIComponent(id)}`)
  const profile = useResource<Profile>(target, { on: isOfDocuments(me.xui) })
  const etag = profile.kind === 'there' ? profile.etag : undefined
  const remove = (): void =>
    void acts
      .run(
        async () => (await ask('DELETE', target, { headers: { 'if-match': etag ?? '*' } })).problem,
        t('profiles.deleted'),
      )
      .then(changed)
  const prefer = (): void => void acts.run(() => chooseProfile(me.xui, undefined, id), t('saved')).then(changed)
  return html`<li>
    <${Shown} of=${profile} as=${(value: Profile) => html`<${Said} profile=${value} />`} />
    <${Holds} id=${id} active=${active} />
    <div class="deeds">
      <a role="button" class="small" href=${hrefOf('profiles', id)} aria-label=${`${t('profiles.open')}: ${id}`}>${t('profiles.open')}</a>
      ${
        active?.default !== id &&
        html`<button class="small secondary outline" aria-disabled=${acts.busy} onClick=${prefer}>${t('profiles.prefer')}</button>`
      }
      <${Confirm} label=${t('delete')} question=${t('profiles.delete.sure')} busy=${acts.busy} act=${remove} />
    </div>
  </li>`
}

/** For what it holds: everything, or some devices. */
function Holds({ id, active }: { readonly id: string; readonly active: ActiveProfile | undefined }): VNode {
  const devices = (active?.devices ?? []).filter(({ profile }) => profile === id)
  const nowhere = active?.default !== id && devices.length === 0
  return html`<p class="facts">
    ${active?.default === id && html`<mark>${t('profiles.default')}</mark>${' '}`}
    ${devices.length > 0 && `${t('profiles.for')} `}
    ${devices.map(({ id: device }) => html`<span class="device" title=${device}>${deviceName(device)}</span>${' '}`)}
    ${nowhere && t('profiles.unused')}
  </p>`
}

function nameOf({ displayNames }: Profile): string {
  return (displayNames.find(({ lang }) => lang?.split('-')[0] === language()) ?? displayNames[0])?.text ?? ''
}

/** Name, rules in their order, and the rest. */
function Said({ profile }: { readonly profile: Profile }): VNode {
  const rules = profile.messages?.rules ?? []
  const rest = [...elseSentences(profile), ...waitSentences(profile)]
  return html`<h2>${nameOf(profile)} <small class="uri">${profile.id}</small></h2>
    ${rules.length > 0 && html`<ol class="rules">${rules.map((rule) => html`<li key=${rule.id}>${ruleSentence(rule)}</li>`)}</ol>`}
    ${rest.length > 0 && html`<ul>${rest.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}
    ${rules.length + rest.length === 0 && html`<p>${t('profiles.empty')}</p>`}`
}

function One({ me, id }: { readonly me: Me; readonly id: string }): VNode {
  const target = ofUser(me.xui, `profiles/${encodeURIComponent(id)}`)
  const profile = useResource<Profile>(target, { on: isOfDocuments(me.xui) })
  return html`<${Heading} text=${id}><a href=${hrefOf('profiles')}>${t('profiles.all')}</a></${Heading}>
    <div class="sides">
      <section aria-label=${t('profiles.sentences')}>
        <${Shown} of=${profile} as=${(value: Profile) => html`<h2>${nameOf(value)}</h2>
          <${RulesForm} target=${target} stored=${profile} value=${value} />
          <ul>${waitSentences(value).map((sentence) => html`<li>${sentence}</li>`)}</ul>`} />
      </section>
      <section aria-label="XML">
        <${ProfileXml} me=${me} id=${id} changed=${profile.reload} />
      </section>
    </div>`
}
