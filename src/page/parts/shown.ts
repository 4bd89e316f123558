/** What every view shows in the same way: what is loading, what was refused, a name, an instant. */
import type { Problem } from '../ask.ts'
import type { Resource } from '../resource.ts'
import { fullWhen, shortWhen } from '../when.ts'
import { html, type Children, type VNode } from '../view.ts'
import { t } from '../words.ts'

export function Loading(): VNode {
  return html`<p aria-busy="true">${t('loading')}</p>`
}

export function Refusal({ problem }: { readonly problem: Problem }): VNode {
  const { status, title, detail, errors } = problem
  return html`<div role="alert" class="problem">
    <strong>${title === '' ? t('problem.untitled') : title}</strong> <span>${detail}</span> <small>(${status})</small>
    ${
      errors.length > 0 &&
      html`<ul>
        ${errors.map(({ path, message }) => html`<li><code>${path}</code> ${message}</li>`)}
      </ul>`
    }
  </div>`
}

/** Draws what a resource has, once it has it. */
export function Shown<T>(props: { readonly of: Resource<T>; readonly as: (value: T) => Children }): VNode {
  const { of } = props
  if (of.kind === 'loading') return html`<${Loading} />`
  if (of.kind === 'refused') return html`<${Refusal} problem=${of.problem} />`
  return html`${props.as(of.value)}`
}

export function When({ at }: { readonly at: string }): VNode {
  return html`<time datetime=${at} title=${fullWhen(at)}>${shortWhen(at)}</time>`
}

/** `sip:alice@example.com` as people write it. */
export function person(uri: string): string {
  return uri.replace(/^sips?:/, '').replace(/^tel:/, '')
}

/** A device by what is different in it: a long identifier is cut in the middle. */
export function deviceName(device: string): string {
  const name = device.replace(/^urn:(?:uuid:|gsma:)?/, '')
  return name.length > 22 ? `${name.slice(0, 8)}…${name.slice(-8)}` : name
}

/** The heading of a view, which gets the focus when somebody comes to it. */
export function Heading({ text, children }: { readonly text: string; readonly children?: Children }): VNode {
  return html`<header class="heading"><h1 tabindex="-1">${text}</h1>${children}</header>`
}
