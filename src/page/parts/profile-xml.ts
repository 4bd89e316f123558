import { isOfDocument, selectorOf } from '../about.ts'
import { useResource } from '../resource.ts'
import type { Me } from '../session.ts'
import { html, type VNode } from '../view.ts'
import { useXcapTarget } from '../xcap.ts'
import { Loading, Refusal } from './shown.ts'
import { XmlEditor } from './xml-editor.ts'

const PROFILES = 'org.cpm-xdms.profiles'
const TYPE = 'application/vnd.cpm-xdms.profile+xml'

interface Props {
  readonly me: Me
  readonly id: string
  readonly changed: () => void
}

export function ProfileXml({ me, id, changed }: Props): VNode {
  const selector = selectorOf(PROFILES, me.xui, id)
  const target = useXcapTarget(selector)
  const text = useResource<string>(target, { on: isOfDocument(selector) })
  if (text.kind === 'refused') return html`<${Refusal} problem=${text.problem} />`
  if (text.kind === 'loading' || target === undefined) return html`<${Loading} />`
  const again = (): void => {
    void text.reload()
    changed()
  }
  return html`<${XmlEditor} target=${target} type=${TYPE} text=${text.value} etag=${text.etag} changed=${again} />`
}
