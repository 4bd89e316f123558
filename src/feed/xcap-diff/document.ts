/** Documents of RFC 5874, `application/xcap-diff+xml`. */
import { escapeAttribute } from '../../xml/escape.ts'
import type { Comparison } from './compare.ts'
import { operationText, type Operation } from './operations.ts'

export const XCAP_DIFF_TYPE = 'application/xcap-diff+xml'

const NAMESPACE = 'urn:ietf:params:xml:ns:xcap-diff'

/** RFC 5874 §3: a new document has no previous ETag, one that is gone no new one; without a `body` it is to be fetched again. */
export interface DocumentDiff {
  readonly kind: 'document'
  readonly sel: string
  readonly previousEtag: string | undefined
  readonly newEtag: string | undefined
  readonly body: Comparison
}

/** @param root the XCAP root URI; the selectors are relative to it. */
export function writeXcapDiff(root: string, diffs: readonly DocumentDiff[]): string {
  const prefix = freePrefix(diffs)
  const body = diffs.map((diff) => documentText(diff, prefix)).join('')
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

function operationsOf(body: Comparison): readonly Operation[] {
  return body.kind === 'patched' ? body.operations : []
}

/** One that nothing inside declares, so that it means the same everywhere in the document. There is no default namespace, so content without one stays so. */
function freePrefix(diffs: readonly DocumentDiff[]): string {
  const operations = diffs.flatMap(({ body }) => operationsOf(body))
  const taken = (prefix: string): boolean =>
    operations.some(({ content, bound }) => bound?.[0] === prefix || (content?.includes(`xmlns:${prefix}`) ?? false))
  let prefix = 'd'
  for (let n = 1; taken(prefix); n++) prefix = `d${n}`
  return `${prefix}:`
}
