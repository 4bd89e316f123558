/** What the preferences would say to an invitation: as a whole, to each medium, and which devices would ring. */
import type { InvitationDecision } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'
import { deviceName } from './shown.ts'

export function Invited({ decision }: { readonly decision: InvitationDecision }): VNode {
  const { answer, reason, media, devices } = decision
  return html`<article class="answer">
    <p class="outcome"><strong>${termed('answer', answer)}</strong></p>
    <p>${termed('answer.why', reason)}</p>
    ${
      media.length > 0 &&
      html`<h2>${t('what.media')}</h2>
        <ul class="lines">
          ${media.map((one) => html`<li><span>${termed('media', one.type)}:</span> <span>${termed('medium', one.answer)}</span></li>`)}
        </ul>`
    }
    <h2>${t('devices.title')}</h2>
    ${devices.length === 0 && html`<p>${t('what.rings.none')}</p>`}
    <ul class="lines">
      ${devices.map((device) => html`<li><span class="device" title=${device}>${deviceName(device)}</span> <span>${t('what.rings')}</span></li>`)}
    </ul>
  </article>`
}
