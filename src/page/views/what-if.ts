/** What would happen to a message or an invitation, and because of what. Nothing is sent. */
import { useActs } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { Outcome } from '../parts/deeds.ts'
import { Invited } from '../parts/invited.ts'
import { deviceName, Heading, When } from '../parts/shown.ts'
import { hrefOf } from '../route.ts'
import { uriOf } from '../rules.ts'
import type { Me } from '../session.ts'
import { MEDIA, type Decision, type InForce, type InvitationDecision } from '../shapes.ts'
import { html, useState, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'

interface MessageAnswer {
  readonly kind: 'message'
  readonly decision: Decision
  /** Whether one is left alone at that instant, and why. */
  readonly quiet: InForce['doNotDisturb'] | undefined
}

type Answer = MessageAnswer | { readonly kind: 'invitation'; readonly decision: InvitationDecision }

const KINDS = ['message', 'invitation'] as const

export function WhatIf({ me }: { readonly me: Me }): VNode {
  const acts = useActs()
  const [kind, setKind] = useState<Answer['kind']>('message')
  const [answer, setAnswer] = useState<Answer | undefined>(undefined)
  const choose = (event: Event): void => {
    setKind((event.target as HTMLSelectElement).value as Answer['kind'])
    setAnswer(undefined)
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    const asked = questionIn(kind, new FormData(event.target as HTMLFormElement))
    void acts.run(async () => {
      setAnswer(undefined)
      const { problem, json } = await ask('POST', ofUser(me.xui, 'decisions'), { json: asked })
      if (problem !== undefined) return problem
      if (kind === 'invitation') {
        setAnswer({ kind, decision: json as InvitationDecision })
        return undefined
      }
      const at = asked.at === undefined ? '' : `?at=${encodeURIComponent(asked.at)}`
      const preferences = await ask('GET', ofUser(me.xui, `preferences${at}`))
      setAnswer({ kind, decision: json as Decision, quiet: (preferences.json as InForce | undefined)?.doNotDisturb })
      return undefined
    })
  }
  return html`<${Heading} text=${t('what.title')} />
    <p>${t('what.text')}</p>
    <form onSubmit=${submit} class="fields">
      <label>
        ${t('what.about')}
        <select onChange=${choose}>${KINDS.map((one) => html`<option value=${one}>${t(`what.about.${one}`)}</option>`)}</select>
      </label>
      <label>${t('what.from')}<input name="from" required placeholder="sip:bob@example.com" spellcheck=${false} /></label>
      ${kind === 'message' ? html`<${MessageFields} />` : html`<${InvitationFields} />`}
      <button type="submit" aria-disabled=${acts.busy}>${t('what.do')}</button>
    </form>
    <${Outcome} acts=${acts} />
    <div aria-live="polite">
      ${answer?.kind === 'message' && html`<${Answered} answer=${answer} />`}
      ${answer?.kind === 'invitation' && html`<${Invited} decision=${answer.decision} />`}
    </div>`
}

function MessageFields(): VNode {
  return html`<label>${t('what.type')}<input name="type" placeholder="text/plain" spellcheck=${false} /></label>
    <label>${t('what.size')}<input name="size" type="number" min="0" placeholder="100" /></label>
    <label>${t('what.at')}<input name="at" type="datetime-local" /></label>
    <fieldset>
      <legend>${t('what.kind')}</legend>
      <label><input type="checkbox" name="file" />${t('what.file')}</label>
      <label><input type="checkbox" name="group" />${t('what.group')}</label>
      <label><input type="checkbox" name="privacy" />${t('what.privacy')}</label>
    </fieldset>`
}

function InvitationFields(): VNode {
  return html`<fieldset>
      <legend>${t('what.media')}</legend>
      ${MEDIA.map((one) => html`<label><input type="checkbox" name="media" value=${one} />${termed('media', one)}</label>`)}
    </fieldset>
    <fieldset>
      <legend>${t('what.kind')}</legend>
      <label><input type="checkbox" name="privacy" />${t('what.privacy')}</label>
    </fieldset>`
}

interface Question {
  readonly message?: Readonly<Record<string, unknown>>
  readonly invitation?: Readonly<Record<string, unknown>>
  readonly at?: string
}

function questionIn(kind: Answer['kind'], form: FormData): Question {
  const text = (name: string): string => String(form.get(name) ?? '').trim()
  const [type, size, at] = [text('type'), text('size'), text('at')]
  const whom = { from: uriOf(text('from')), ...(form.has('privacy') ? { privacy: true } : {}) }
  if (kind === 'invitation') return { invitation: { ...whom, media: form.getAll('media') } }
  return {
    message: {
      ...whom,
      ...(type === '' ? {} : { contentType: type }),
      size: size === '' ? 100 : Number(size),
      ...(form.has('file') ? { file: true } : {}),
      ...(form.has('group') ? { group: 'group' } : {}),
    },
    ...(at === '' ? {} : { at: new Date(at).toISOString() }),
  }
}

function Answered({ answer }: { readonly answer: MessageAnswer }): VNode {
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
