/** Am I left alone now, why, until when; and one switch. */
import { useActs } from '../acts.ts'
import { ofUser } from '../ask.ts'
import { isOfPreferences, isOfUser } from '../about.ts'
import { Heading, person, Refusal, Shown, deviceName, When } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import { hrefOf } from '../route.ts'
import { hoursOn, shortWhen, tomorrowAt } from '../when.ts'
import type { Me } from '../session.ts'
import type { Deferred, InForce, Registrations } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t, termed, tn } from '../words.ts'
import { switchDisturb, type Switch } from '../do-not-disturb.ts'

export function Now({ me }: { readonly me: Me }): VNode {
  const inForce = useResource<InForce>(ofUser(me.xui, 'preferences'), { on: isOfPreferences(me.xui) })
  const waiting = useResource<Deferred>(ofUser(me.xui, 'deferred'), { on: isOfUser(me.xui) })
  const acts = useActs()
  const turn = (to: Switch): void =>
    void acts
      .run(() => switchDisturb(me.xui, to))
      .then(() => {
        void inForce.reload()
        void waiting.reload()
      })
  return html`<${Heading} text=${t('now.title')} />
    <${Shown} of=${inForce} as=${(value: InForce) => html`<${Disturb} state=${value.doNotDisturb} busy=${acts.busy} turn=${turn} />`} />
    ${acts.problem && html`<${Refusal} problem=${acts.problem} />`}
    <${Shown} of=${waiting} as=${(value: Deferred) => html`<${Waits} messages=${value.messages} />`} />
    <${Devices} me=${me} />`
}

interface DisturbProps {
  readonly state: InForce['doNotDisturb']
  readonly busy: boolean
  readonly turn: (to: Switch) => void
}

function Disturb({ state, busy, turn }: DisturbProps): VNode {
  const { on, because } = state
  return html`<article class=${on ? 'disturb quiet' : 'disturb'}>
    <label class="switch">
      <input type="checkbox" role="switch" checked=${on} aria-disabled=${busy}
        onClick=${(event: Event) => {
          // What is shown is what the server says, not what was clicked.
          event.preventDefault()
          turn(on ? { kind: 'off' } : { kind: 'on' })
        }} />
      <strong>${t('now.switch')}</strong>
    </label>
    <p class="why" aria-live="polite">${sentence(state)}</p>
    <div role="group" class="choices" aria-label=${t('now.for')}>
      <button class="outline" aria-disabled=${busy} onClick=${() => turn({ kind: 'on', until: hoursOn(1) })}>
        ${t('now.hour')}
      </button>
      <button class="outline" aria-disabled=${busy} onClick=${() => turn({ kind: 'on', until: tomorrowAt(7) })}>
        ${t('now.tomorrow', { when: shortWhen(tomorrowAt(7)) })}
      </button>
      <button class="outline" aria-disabled=${busy} onClick=${() => turn({ kind: 'on' })}>${t('now.always')}</button>
    </div>
    ${
      because === 'user' &&
      html`<p><button class="plain" aria-disabled=${busy} onClick=${() => turn({ kind: 'week' })}>${t('now.week')}</button></p>`
    }
  </article>`
}

/** One sentence: why, and until when. */
function sentence({ on, because, until }: InForce['doNotDisturb']): string {
  const why = termed(on ? 'now.on' : 'now.off', because)
  if (until === undefined) return on ? t('now.sentence.open', { why }) : t('now.sentence.off', { why })
  return t(on ? 'now.sentence.until' : 'now.sentence.off.until', { why, until: shortWhen(until) })
}

function Waits({ messages }: { readonly messages: Deferred['messages'] }): VNode {
  const [oldest] = messages
  return html`<article>
    <p>
      <strong>${tn('now.waiting', messages.length)}</strong>
      ${oldest !== undefined && html` ${t('now.oldest', { from: person(oldest.from) })} <${When} at=${oldest.received} />`}
    </p>
    ${messages.length > 0 && html`<a href=${hrefOf('waiting')}>${t('now.look')}</a>`}
  </article>`
}

/** Each device as it is left alone by itself, where there is more than one. */
function Devices({ me }: { readonly me: Me }): VNode | undefined {
  const registrations = useResource<Registrations>(ofUser(me.xui, 'registrations'), {
    on: isOfUser(me.xui),
    none: { registrations: [] },
  })
  if (registrations.kind !== 'there' || registrations.value.registrations.length === 0) return undefined
  return html`<section>
    <h2>${t('now.devices')}</h2>
    <ul class="lines">
      ${registrations.value.registrations.map(
        ({ device }) => html`<${Device} key=${device} me=${me} device=${device} />`,
      )}
    </ul>
  </section>`
}

function Device({ me, device }: { readonly me: Me; readonly device: string }): VNode {
  const target = `${ofUser(me.xui, 'preferences')}?device=${encodeURIComponent(device)}`
  const inForce = useResource<InForce>(target, { on: isOfPreferences(me.xui) })
  return html`<li>
    <span class="device" title=${device}>${deviceName(device)}</span>
    <${Shown} of=${inForce} as=${(value: InForce) => html`<span>${sentence(value.doNotDisturb)}</span>`} />
  </li>`
}
