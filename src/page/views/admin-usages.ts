/** Which application usages are served (RFC 4825 §12). */
import { Heading, Loading, Refusal } from '../parts/shown.ts'
import { useResource } from '../resource.ts'
import { html, type VNode } from '../view.ts'
import { t, termed } from '../words.ts'
import { textsOf } from '../xml.ts'
import { useXcapTarget } from '../xcap.ts'

export function Usages(): VNode {
  const caps = useResource<string>(useXcapTarget('xcap-caps/global/index'))
  return html`<${Heading} text=${t('usages.title')} />
    <p>${t('usages.text')}</p>
    ${caps.kind === 'loading' && html`<${Loading} />`}
    ${caps.kind === 'refused' && html`<${Refusal} problem=${caps.problem} />`}
    ${caps.kind === 'there' && html`<${List} text=${caps.value} />`}`
}

/** Some have no other name than that. */
function said(auid: string): VNode | undefined {
  const name = termed('document', auid)
  return name === auid ? undefined : html`<span>${name}</span>`
}

function List({ text }: { readonly text: string }): VNode {
  return html`<ul class="lines">
      ${textsOf(text, 'auid').map((auid) => html`<li><code>${auid}</code> ${said(auid)}</li>`)}
    </ul>
    <h2>${t('usages.namespaces')}</h2>
    <ul>${textsOf(text, 'namespace').map((one) => html`<li><code class="uri">${one}</code></li>`)}</ul>`
}
