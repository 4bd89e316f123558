/** What would happen to a message, and because of what. Nothing is sent. */
import { useActs } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Outcome } from '../parts/deeds.ts'
import { deviceName, Heading, When } from '../parts/shown.ts'
import { hrefOf } from '../route.ts'
import type { Me } from '../session.ts'
import type { Decision, InForce } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

interface Answer {
  readonly decision: Decision
  /** Whether one is left alone at that instant, and why. */
  readonly quiet: InForce['doNotDisturb'] | undefined
}

export function WhatIf({ me }: { readonly me: Me }): VNode {
  const acts = useActs()
  const [answer, setAnswer] = useState<Answer | undefined>(undefined)
  const submit = (event: Event): void => {
    event.preventDefault()
    const asked = questionIn(new FormData(event.target as HTMLFormElement))
    void acts.run(async () => {
      setAnswer(undefined)
      const { problem, json } = await ask('POST', ofUser(me.xui, 'decisions'), { json: asked })
      if (problem !== undefined) return problem
      const at = asked.at === undefined ? '' : `?at=${encodeURIComponent(asked.at)}`
      const preferences = await ask('GET', ofUser(me.xui, `preferences${at}`))
      setAnswer({ decision: json as Decision, quiet: (preferences.json as InForce | undefined)?.doNotDisturb })
      return undefined
    })
  }
  return html`<${Heading} text=${t('what.title')} />
    <p>${t('what.text')}</p>
    <form onSubmit=${submit} class="fields">
      <label>${t('what.from')}<input name="from" required placeholder="sip:bob@example.com" spellcheck=${false} /></label>
      <label>${t('what.type')}<input name="type" placeholder="text/plain" spellcheck=${false} /></label>
      <label>${t('what.size')}<input name="size" type="number" min="0" placeholder="100" /></label>
      <label>${t('what.at')}<input name="at" type="datetime-local" /></label>
      <fieldset>
        <legend>${t('what.kind')}</legend>
        <label><input type="checkbox" name="file" />${t('what.file')}</label>
        <label><input type="checkbox" name="group" />${t('what.group')}</label>
        <label><input type="checkbox" name="privacy" />${t('what.privacy')}</label>
      </fieldset>
      <button type="submit" disabled=${acts.busy}>${t('what.do')}</button>
    </form>
    <${Outcome} acts=${acts} />
    <div aria-live="polite">${answer && html`<${Answered} answer=${answer} />`}</div>`
}

interface Question {
  readonly message: Readonly<Record<string, unknown>>
  readonly at?: string
}

function questionIn(form: FormData): Question {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const [type, size, at] = [text('type'), text('size'), text('at')]
  const from = text('from')
  return {
    message: {
      from: /^[a-z][a-z\d+.-]*:/i.test(from) ? from : `sip:${from}`,
      ...(type === '' ? {} : { contentType: type }),
      size: size === '' ? 100 : Number(size),
      ...(form.has('file') ? { file: true } : {}),
      ...(form.has('group') ? { group: 'group' } : {}),
      ...(form.has('privacy') ? { privacy: true } : {}),
    },
    ...(at === '' ? {} : { at: new Date(at).toISOString() }),
  }
}

function Answered({ answer }: { readonly answer: Answer }): VNode {
  const { decision, quiet } = answer
  const { outcome, reason, rule, profileId, to, mode, until, then, recorded, devices } = decision
  return html`<article class="answer">
    <p class="outcome"><strong>${termed('outcome', outcome)}</strong>${to !== undefined && html` ${to}`}</p>
    <ul>
      ${reason !== undefined && html`<li>${termed('why', reason)}</li>`}
      ${rule !== undefined && html`<li>${t('what.rule')} <code>${rule}</code></li>`}
      ${profileId !== undefined && html`<li>${t('what.profile')} <a href=${hrefOf('profiles', profileId)}>${profileId}</a></li>`}
      ${profileId === undefined && html`<li>${t('what.policy')}</li>`}
      ${quiet !== undefined && html`<li>${t(quiet.on ? 'what.quiet' : 'what.not.quiet')}: ${termed(quiet.on ? 'now.on' : 'now.off', quiet.because)}</li>`}
      ${mode !== undefined && html`<li>${termed('mode', mode)}</li>`}
      ${until !== undefined && html`<li>${t('what.until')} <${When} at=${until} />${then !== undefined && html`, ${termed('then', then)}`}</li>`}
      ${recorded && html`<li>${t('what.recorded')}</li>`}
    </ul>
    ${
      devices.length > 0 &&
      html`<h2>${t('devices.title')}</h2>
        <ul class="lines">
          ${devices.map(
            ({ device, gets, because }) => html`<li>
              <span class="device" title=${device}>${deviceName(device)}</span>
              <span>${t(gets ? 'what.gets' : 'what.gets.not')}: ${termed('device', because)}</span>
            </li>`,
          )}
        </ul>`
    }
  </article>`
}
