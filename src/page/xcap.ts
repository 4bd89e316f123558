/** Documents as text: XCAP (RFC 4825), below a root that the server tells. */
import type { Reply } from './ask.ts'
import type { Form } from './document.ts'
import { useResource } from './resource.ts'

/** @param selector of the document, such as `org.cpm-xdms.profiles/users/sip:alice@example.com/work`. */
export function useXcapTarget(selector: string): string | undefined {
  const server = useResource<{ readonly xcapRoot: string }>('/ui/server.json')
  if (server.kind !== 'there') return undefined
  const segments = selector
    .split('/')
    .map((one) => encodeURIComponent(one).replaceAll('%3A', ':').replaceAll('%40', '@'))
  return `${server.value.xcapRoot}/${segments.join('/')}`
}

export function xmlForm(target: string, type: string): Form<string> {
  return { target, send: (body) => ({ text: { type, body } }), receive: ({ text }: Reply) => text }
}
