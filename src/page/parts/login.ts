import { Unreachable, type Problem } from '../ask.ts'
import { logIn } from '../session.ts'
import { html, useEffect, useRef, useState, type VNode } from '../view.ts'
import { t } from '../words.ts'
import { Refusal } from './shown.ts'

export function Login(): VNode {
  const [problem, setProblem] = useState<Problem | 'unreachable' | undefined>(undefined)
  const [busy, setBusy] = useState(false)
  const user = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  useEffect(() => user.current?.focus(), [])

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      setProblem(await logIn(user.current?.value.trim() ?? '', password.current?.value ?? ''))
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      setProblem('unreachable')
    }
    setBusy(false)
  }
  return html`<main class="login">
    <article>
      <h1>${t('login.title')}</h1>
      <form onSubmit=${submit}>
        <label>
          ${t('login.user')}
          <input ref=${user} name="user" autocomplete="username" autocapitalize="none" spellcheck=${false} required
            aria-describedby="user-form" />
          <small id="user-form">${t('login.user.form')}</small>
        </label>
        <label>
          ${t('login.password')}
          <input ref=${password} name="password" type="password" autocomplete="current-password" required />
        </label>
        ${problem === 'unreachable' && html`<p role="alert" class="problem">${t('offline')}</p>`}
        ${typeof problem === 'object' && html`<${Refusal} problem=${problem} />`}
        <button type="submit" aria-busy=${busy} aria-disabled=${busy}>${t('login.do')}</button>
      </form>
    </article>
  </main>`
}
