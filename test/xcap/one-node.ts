/** One node of one document, without a store. */
import type { Auid, Xui } from '../../src/names.ts'
import { Refused } from '../../src/refusal.ts'
import type { ApplicationUsage } from '../../src/xcap/application-usage.ts'
import { nodeBody, nodeSelectorOf } from '../../src/xcap/node.ts'
import { placeOf, putNode } from '../../src/xcap/put-node.ts'
import type { Address } from '../../src/xcap/request.ts'
import { select } from '../../src/xcap/select.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { readDocument, type TextDocument } from '../../src/xml/read-document.ts'

export const parse = (text: string): TextDocument => readDocument(Buffer.from(text), DEFAULT_XML_LIMITS)

export function address(target: string, defaultNamespace?: string): Address {
  const [node, query] = target.split('?')
  const usage = { auid: 'test-app' as Auid, defaultNamespace } as ApplicationUsage
  return {
    usage,
    selector: { auid: usage.auid, owner: 'sip:alice@example.com' as Xui, name: 'index' },
    root: '/xcap-root',
    node,
    query,
  }
}

export function refused(run: () => unknown): Refused['refusal'] {
  try {
    run()
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  throw new Error('it was accepted')
}

export function put(
  document: string,
  target: string,
  body: string | Uint8Array,
  namespace?: string,
): { kind: string; text: string } {
  const at = address(target, namespace)
  const node = nodeSelectorOf(at)
  if (node === undefined) throw new Error('no node selector')
  const edited = putNode(node, placeOf(at, node, parse(document)), Buffer.from(body), ({ text }) => ({
    document: parse(text),
    bytes: Buffer.from(text),
  }))
  return { kind: edited.kind, text: Buffer.from(edited.bytes).toString() }
}

export function get(document: string, target: string, namespace?: string): string | undefined {
  const node = nodeSelectorOf(address(target, namespace))
  if (node === undefined) throw new Error('no node selector')
  const found = nodeBody(parse(document), select(parse(document), node), true)
  return found && Buffer.from(found.body).toString()
}
