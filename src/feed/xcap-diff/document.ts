/** Documents of RFC 5874, `application/xcap-diff+xml`. */
import { escapeAttribute } from '../../xml/escape.ts'
import { declaration } from './canonical.ts'
import type { Comparison } from './compare.ts'
import { operationText, type Operation } from './operations.ts'

const NAMESPACE = 'urn:ietf:params:xml:ns:xcap-diff'

/**
 * RFC 5874 §3: a new document has no previous ETag, one that is gone no new one; without a `body` it is to be fetched
 * again.
 */
interface DocumentDiff {
  readonly kind: 'document'
  readonly sel: string
  readonly previousEtag: string | undefined
  readonly newEtag: string | undefined
  readonly body: Comparison
}

/** An element or an attribute. Without `content` there is none; it may be empty where only that it exists is said. */
interface NodeDiff {
  readonly kind: 'element' | 'attribute'
  readonly sel: string
  /** What the prefixes in the selector stand for. */
  readonly bindings: ReadonlyMap<string, string>
  /** Markup: the element, or the value of the attribute. */
  readonly content: string | undefined
}

export type Diff = DocumentDiff | NodeDiff

/** @param root the XCAP root URI; the selectors are relative to it. */
export function writeXcapDiff(root: string, diffs: readonly Diff[]): string {
  const prefix = freePrefix(diffs)
  const body = diffs
    .map((diff) => (diff.kind === 'document' ? documentText(diff, prefix) : nodeText(diff, prefix)))
    .join('')
  const start = `<${prefix}xcap-diff xmlns:${prefix.slice(0, -1)}="${NAMESPACE}" xcap-root="${escapeAttribute(root)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${start}>${body}</${prefix}xcap-diff>`
}

function documentText({ sel, previousEtag, newEtag, body }: DocumentDiff, prefix: string): string {
  const attributes = Object.entries({ sel, 'new-etag': newEtag, 'previous-etag': previousEtag })
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeAttribute(value)}"`))
    .join('')
  const content =
    body.kind === 'same'
      ? `<${prefix}body-not-changed/>`
      : operationsOf(body)
          .map((operation) => operationText(operation, prefix))
          .join('')
  return content === ''
    ? `<${prefix}document${attributes}/>`
    : `<${prefix}document${attributes}>${content}</${prefix}document>`
}

function nodeText({ kind, sel, bindings, content }: NodeDiff, prefix: string): string {
  const declared = [...bindings].map(([bound, namespace]) => declaration(bound, namespace)).join('')
  const exists = content === undefined ? '0' : '1'
  const start = `<${prefix}${kind}${declared} sel="${escapeAttribute(sel)}" exists="${exists}"`
  return content === undefined || content === '' ? `${start}/>` : `${start}>${content}</${prefix}${kind}>`
}

function operationsOf(body: Comparison): readonly Operation[] {
  return body.kind === 'patched' ? body.operations : []
}

/**
 * One that nothing inside declares, so that it means the same everywhere in the document. There is no default
 * namespace, so content without one stays so.
 */
function freePrefix(diffs: readonly Diff[]): string {
  const declared = diffs.flatMap((diff) => {
    if (diff.kind !== 'document') return [diff.content, ...[...diff.bindings.keys()].map((bound) => `xmlns:${bound}`)]
    return operationsOf(diff.body).flatMap(({ content, bound }) => [content, `xmlns:${bound?.[0]}`])
  })
  const taken = (prefix: string): boolean => declared.some((text) => text?.includes(`xmlns:${prefix}`) ?? false)
  let prefix = 'd'
  for (let n = 1; taken(prefix); n++) prefix = `d${n}`
  return `${prefix}:`
}
