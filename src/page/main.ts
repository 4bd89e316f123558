/** The page: asks who is there, then shows a login or the views. */
import { heedDisabled, keepFocus } from './focus.ts'
import { useHeld } from './held.ts'
import { startLive } from './live.ts'
import { Login } from './parts/login.ts'
import { Shell } from './parts/shell.ts'
import { Loading } from './parts/shown.ts'
import { me, whoAmI } from './session.ts'
import { platform } from '../client/platform.ts'
import { html, render, useEffect, type VNode } from './view.ts'
import { loadWords, t } from './words.ts'

const ASK_AGAIN_MS = 1_000

function Page(): VNode {
  const who = useHeld(me)
  const xui = typeof who === 'object' ? who.xui : undefined
  useEffect(() => (xui === undefined ? undefined : startLive()), [xui])
  useEffect(() => void (who === 'nobody' && (document.title = `${t('login.title')} · cpm-xdms`)), [who])
  if (who === undefined) return html`<main class="login"><${Loading} /></main>`
  if (who === 'nobody') return html`<${Login} />`
  return html`<${Shell} key=${who.xui + who.role} me=${who} />`
}

async function first(): Promise<void> {
  await whoAmI().catch(() => platform.after(ASK_AGAIN_MS, () => void first()))
}

await Promise.all([loadWords(), first()])
const app = document.getElementById('app')
if (app !== null) {
  heedDisabled(app)
  keepFocus(app)
  render(html`<${Page} />`, app)
}
