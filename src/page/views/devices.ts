/** My devices: registered or known, what they take, and which profile each has. */
import { isOfDocuments, isOfUser } from '../about.ts'
import { useActs, type Acts } from '../acts.ts'
import { ask, ofUser } from '../ask.ts'
import { chooseProfile } from '../active-profile.ts'
import { useChoice } from '../choice.ts'
import { Confirm, Outcome } from '../parts/deeds.ts'
import { deviceName, Heading, Shown, When } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import type { Me } from '../session.ts'
import type { ActiveProfile, Profiles, Registration, Registrations } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { sizeText } from '../when.ts'
import { t } from '../words.ts'

export function Devices({ me }: { readonly me: Me }): VNode {
  const on = isOfDocuments(me.xui)
  const devices = useResource<Registrations>(ofUser(me.xui, 'registrations'), {
    on: isOfUser(me.xui),
    until: nextEnd,
  })
  const profiles = useResource<Profiles>(ofUser(me.xui, 'profiles'), { on })
  const active = useResource<ActiveProfile | 'none'>(ofUser(me.xui, 'active-profile'), { on, none: 'none' })
  const acts = useActs()
  const draw = (device: Registration): VNode => html`<${Device}
    key=${device.device}
    me=${me}
    device=${device}
    acts=${acts}
    profiles=${profiles.kind === 'there' ? profiles.value.profiles : []}
    active=${active.kind === 'there' && active.value !== 'none' ? active.value : undefined}
    changed=${() => Promise.all([devices.reload(), active.reload()])}
  />`
  return html`<${Heading} text=${t('devices.title')} />
    <${Outcome} acts=${acts} />
    <${Shown} of=${devices} as=${({ registrations }: Registrations) =>
      registrations.length === 0
        ? html`<p>${t('devices.none')}</p>`
        : html`<ul class="cards">${registrations.map(draw)}</ul>`} />`
}

/** When the next registration is over. */
function nextEnd({ registrations }: Registrations): number {
  return Math.min(...registrations.filter((one) => one.registered).map(({ expires }) => Date.parse(expires)))
}

interface DeviceProps {
  readonly me: Me
  readonly device: Registration
  readonly acts: Acts
  readonly profiles: Profiles['profiles']
  readonly active: ActiveProfile | undefined
  readonly changed: () => Promise<unknown>
}

function Device({ me, device, acts, profiles, active, changed }: DeviceProps): VNode {
  const { device: id, registered, expires, began } = device
  const forget = (): void =>
    void acts
      .run(
        async () => (await ask('DELETE', ofUser(me.xui, `registrations/${encodeURIComponent(id)}`))).problem,
        t('devices.forgotten'),
      )
      .then(changed)
  const own = active?.devices?.find((one) => one.id === id)?.profile ?? ''
  const chosen = useChoice(own, (next) =>
    acts.run(() => chooseProfile(me.xui, id, next === '' ? undefined : next), t('saved')).then(changed),
  )
  return html`<li>
    <p class="head"><strong class="device">${deviceName(id)}</strong> <small class="uri">${id}</small></p>
    <p class="facts">
      ${t(registered ? 'devices.registered' : 'devices.known')} <${When} at=${registered ? expires : began} />
      ${device.connectivity !== undefined && html` · ${device.connectivity}`}
      ${device.via !== undefined && html` · ${device.via.toUpperCase()}`}
      ${device.maxBytes !== undefined && html` · ${t('devices.at.most', { size: sizeText(device.maxBytes) })}`}
      ${device.accepts !== undefined && html` · ${device.accepts.join(', ') || t('devices.accepts.nothing')}`}
    </p>
    ${
      active !== undefined &&
      html`<label class="inline">
        ${t('devices.profile')}
        <select value=${chosen.value} onChange=${chosen.choose}>
          <option value="">${t('devices.as.default', { id: active.default })}</option>
          ${profiles.map((one) => html`<option value=${one.id}>${one.displayName}</option>`)}
        </select>
      </label>`
    }
    <div class="deeds">
      <${Confirm} label=${t('devices.forget')} question=${t('devices.forget.sure')} busy=${acts.busy} act=${forget} />
    </div>
  </li>`
}
