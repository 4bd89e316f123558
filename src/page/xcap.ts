/** Documents as text: XCAP (RFC 4825), below a root that the server tells. */
import { ask, type Reply } from './ask.ts'
import type { Form } from './document.ts'

let root: Promise<string> | undefined

async function readRoot(): Promise<string> {
  const { json } = await ask('GET', '/ui/server.json')
  return (json as { readonly xcapRoot: string }).xcapRoot
}

function xcapRoot(): Promise<string> {
  root ??= readRoot()
  root.catch(() => void (root = undefined))
  return root
}

/** @param selector of the document, such as `org.cpm-xdms.profiles/users/sip:alice@example.com/work`. */
export async function xcapTarget(selector: string): Promise<string> {
  const segments = selector
    .split('/')
    .map((one) => encodeURIComponent(one).replaceAll('%3A', ':').replaceAll('%40', '@'))
  return `${await xcapRoot()}/${segments.join('/')}`
}

export function xmlForm(target: string, type: string): Form<string> {
  return { target, send: (body) => ({ text: { type, body } }), receive: ({ text }: Reply) => text }
}
