/**
 * What the preferences would say to an invitation: as a whole, to each medium, what of it is recorded, and which
 * devices would ring.
 */
import type { InvitationDecision } from '../shapes.ts'
import { html, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'
import { deviceName } from './shown.ts'

export function Invited({ decision }: { readonly decision: InvitationDecision }): VNode {
  const { answer, reason, media, recorded, devices } = decision
  return html`<article class="answer">
    <p class="outcome"><strong>${termed('answer', answer)}</strong></p>
    <p>${termed('answer.why', reason)}</p>
    ${recorded && html`<p>${t('what.recorded')}</p>`}
    ${
      media.length > 0 &&
      html`<h2>${t('what.media')}</h2>
        <ul class="lines">
          ${media.map(
            (one) => html`<li>
              <span>${termed('media', one.type)}:</span> <span>${termed('medium', one.answer)}</span>${
                recorded && one.answer !== 'reject' && html`<span>, ${keptOf(one)}</span>`
              }
            </li>`,
          )}
        </ul>`
    }
    <h2>${t('devices.title')}</h2>
    ${devices.length === 0 && html`<p>${t('what.rings.none')}</p>`}
    <ul class="lines">
      ${devices.map((device) => html`<li><span class="device" title=${device}>${deviceName(device)}</span> <span>${t('what.rings')}</span></li>`)}
    </ul>
  </article>`
}

/** `is recorded; video/h264 is not recorded`. */
function keptOf({ recorded, exceptions = [] }: InvitationDecision['media'][number]): string {
  const word = (isStored: boolean): string => t(isStored ? 'recorded.yes' : 'recorded.no')
  return [word(recorded), ...exceptions.map(({ contentType, store }) => `${contentType} ${word(store)}`)].join('; ')
}
