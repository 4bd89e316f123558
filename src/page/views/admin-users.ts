/** Accounts: who there is, as what, and with which password from now on. */
import { useActs, type Acts } from '../acts.ts'
import { ask } from '../ask.ts'
import { useChoice } from '../choice.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { ImportUsers } from '../parts/import-users.ts'
import { Pages } from '../parts/pages.ts'
import { Heading, person } from '../parts/shown.ts'
import { ROLES, type Account } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

export function Users(): VNode {
  const acts = useActs()
  const [round, setRound] = useState(0)
  const again = (): void => setRound((before) => before + 1)
  const list = (users: readonly Account[], reload: () => Promise<void>): VNode => html`<ul class="cards">
    ${users.map((user) => html`<${User} key=${user.xui} user=${user} acts=${acts} changed=${reload} />`)}
  </ul>`
  return html`<${Heading} text=${t('users.title')} />
    <${Outcome} acts=${acts} />
    <${NewUser} acts=${acts} made=${again} />
    <${ImportUsers} done=${again} />
    <${Pages} round=${round} target="/api/users?limit=50" member="users" none=${t('users.none')} list=${list} />`
}

function put(xui: string, json: unknown): ReturnType<typeof ask> {
  return ask('PUT', `/api/users/${encodeURIComponent(xui)}`, { json })
}

interface UserProps {
  readonly user: Account
  readonly acts: Acts
  readonly changed: () => Promise<void>
}

function User({ user: { xui, role }, acts, changed }: UserProps): VNode {
  const target = `/api/users/${encodeURIComponent(xui)}`
  const chosen = useChoice(role, (next) =>
    acts.run(async () => (await put(xui, { role: next })).problem, t('saved')).then(changed),
  )
  const setPassword = (event: Event): void => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const password = String(new FormData(form).get('password'))
    void acts.run(async () => (await put(xui, { password })).problem, t('users.password.set')).then(() => form.reset())
  }
  const unlock = (): void =>
    void acts.run(async () => (await ask('POST', `${target}/unlock`)).problem, t('users.unlocked'))
  const remove = (documents: 'keep' | 'delete'): void =>
    void acts
      .run(async () => (await ask('DELETE', `${target}?documents=${documents}`)).problem, t('users.removed'))
      .then(changed)
  return html`<li>
    <p class="head"><strong>${person(xui)}</strong> <small class="uri">${xui}</small></p>
    <label class="inline">
      ${t('users.role')}
      <select value=${chosen.value} onChange=${chosen.choose}>
        ${ROLES.map((one) => html`<option value=${one} selected=${one === chosen.value}>${termed('role', one)}</option>`)}
      </select>
    </label>
    <details>
      <summary>${t('users.more')}</summary>
      <form class="inline" onSubmit=${setPassword}>
        <input type="password" name="password" required maxlength="256" autocomplete="new-password" aria-label=${t('users.password')}
          placeholder=${t('users.password')} />
        <button class="small">${t('users.password.do')}</button>
      </form>
      <div class="deeds">
        <button class="small secondary outline" aria-disabled=${acts.busy} onClick=${unlock}>${t('users.unlock')}</button>
        <${Confirm} label=${t('users.remove')} question=${t('users.remove.sure')} act=${() => remove('delete')} />
        <${Confirm} label=${t('users.remove.keep')} question=${t('users.remove.keep.sure')} act=${() => remove('keep')} />
      </div>
    </details>
  </li>`
}

function NewUser({ acts, made }: { readonly acts: Acts; readonly made: () => void }): VNode {
  const submit = (event: Event): void => {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const data = new FormData(form)
    const text = (name: string): string => String(data.get(name))
    const xui = text('xui').trim()
    void acts
      .run(async () => {
        // An account that is there is not made anew by mistake: its password would be another one.
        const known = await ask('GET', `/api/users/${encodeURIComponent(xui)}`)
        if (known.status === 200) return { status: 409, title: t('users.known'), detail: xui, errors: [] }
        return (await put(xui, { role: text('role'), password: text('password') })).problem
      }, t('users.made'))
      .then((done) => {
        if (!done) return
        form.reset()
        made()
      })
  }
  return html`<details>
    <summary>${t('users.new')}</summary>
    <form class="fields" onSubmit=${submit}>
      <label>XUI<input name="xui" required placeholder="sip:carol@example.com" spellcheck=${false} /></label>
      <label>
        ${t('users.role')}
        <select name="role">${ROLES.map((one) => html`<option value=${one}>${termed('role', one)}</option>`)}</select>
      </label>
      <label>${t('users.password')}<input type="password" name="password" required maxlength="256" autocomplete="new-password" /></label>
      <button type="submit" aria-disabled=${acts.busy}>${t('users.make')}</button>
    </form>
  </details>`
}
