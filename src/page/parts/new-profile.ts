import type { Acts } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import type { Me } from '../session.ts'
import { html, type VNode } from '../view.ts'
import { t } from '../words.ts'

interface Props {
  readonly me: Me
  readonly acts: Acts
  readonly made: () => void
}

export function NewProfile({ me, acts, made }: Props): VNode {
  const submit = (event: Event): void => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const data = new FormData(form)
    const [id, name] = [String(data.get('id')).trim(), String(data.get('name')).trim()]
    void acts
      .run(async () => {
        const target = ofUser(me.xui, `profiles/${encodeURIComponent(id)}`)
        const json = { id, displayNames: [{ text: name }] }
        return (await ask('PUT', target, { json, headers: { 'if-none-match': '*' } })).problem
      }, t('saved'))
      .then((done) => {
        if (done) form.reset()
        made()
      })
  }
  return html`<details>
    <summary>${t('profiles.new')}</summary>
    <form class="fields" onSubmit=${submit}>
      <label>
        ${t('profiles.id')}
        <input name="id" required pattern="[A-Za-z0-9_\\-][A-Za-z0-9._\\-]{0,63}" spellcheck=${false} aria-describedby="id-form" />
        <small id="id-form">${t('profiles.id.form')}</small>
      </label>
      <label>${t('profiles.name')}<input name="name" required /></label>
      <button type="submit" aria-disabled=${acts.busy}>${t('profiles.make')}</button>
    </form>
  </details>`
}
