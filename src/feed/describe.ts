/** What a change of a document is, in the words that a watcher asked for. */
import { instantText } from '../clock.ts'
import type { ChangeRecord, Homes } from '../home/home.ts'
import type { Owner } from '../names.ts'
import type { XmlLimits } from '../xml/limits.ts'
import type { XmlDocument } from '../xml/tree.ts'
import { aboutOf, eventWithoutPlace, recordData, userOf, type FeedEvent, type View } from './changes.ts'
import { LastUsed } from './last-used.ts'
import { namedIn, type WatchedNode } from './targets.ts'
import { changedTexts, type ChangedTexts } from './texts.ts'
import { nodeIn } from './watched-node.ts'
import { compareDocuments, type Comparison } from './xcap-diff/compare.ts'
import { writeXcapDiff, type Diff } from './xcap-diff/document.ts'
import type { Operation } from './xcap-diff/operations.ts'

export interface Describing {
  /** `undefined` where none of the nodes that are watched has changed. @throws Refused `unavailable` */
  describe(event: FeedEvent, view: View): Promise<FeedEvent | undefined>
  /** A document as it is now, for who begins to watch it. */
  describePresent(owner: Owner, record: PresentRecord, view: View): Promise<FeedEvent | undefined>
}

export type PresentRecord = ChangeRecord & { readonly newEtag: string }

/** Comparisons that are kept: a change is told to all its watchers at about the same time. */
const KEPT_AT_MOST = 256

/** RFC 5874 §3: a change that is not compared has its ETags alone. */
const NOT_COMPARED: Comparison = { kind: 'other' }

export function createDescribing(parts: { readonly homes: Homes; readonly xml: XmlLimits }): Describing {
  const texts = new LastUsed<Promise<ChangedTexts>>(KEPT_AT_MOST)
  const comparisons = new LastUsed<Comparison>(KEPT_AT_MOST)

  function textsOf(owner: Owner, record: ChangeRecord): Promise<ChangedTexts> {
    return texts.take(idOf(record), () =>
      changedTexts(parts, owner, record.document, { before: record.previousEtag, after: record.newEtag }),
    )
  }

  async function compare(owner: Owner, record: ChangeRecord, view: View): Promise<Comparison> {
    if (view.diff !== 'patches' || record.previousEtag === undefined || record.newEtag === undefined)
      return NOT_COMPARED
    const { before, after } = await textsOf(owner, record)
    if (before === undefined || after === undefined) return NOT_COMPARED
    return comparisons.take(idOf(record), () => compareDocuments(before, after))
  }

  async function wholeOf(owner: Owner, record: ChangeRecord, view: View, data: object): Promise<Told> {
    if (view.form === 'xcap-diff') {
      const { document: sel, previousEtag, newEtag } = record
      const body = await compare(owner, record, view)
      return toldAsDiff(owner, view, [{ kind: 'document', sel, previousEtag, newEtag, body }])
    }
    if (view.diff === 'documents') {
      const text = record.newEtag === undefined ? undefined : (await textsOf(owner, record)).after?.text
      return { event: 'change', data: { ...data, text } }
    }
    return { event: 'change', data: { ...data, ...comparedData(await compare(owner, record, view)) } }
  }

  async function nodesOf(
    owner: Owner,
    record: ChangeRecord,
    view: View,
    data: object,
    watched: readonly WatchedNode[],
  ): Promise<Told | undefined> {
    const { before, after } = await textsOf(owner, record)
    const known = (document: XmlDocument | undefined, etag: string | undefined): boolean =>
      etag === undefined || document !== undefined
    // Where a text cannot be had nobody knows whether the nodes changed: then the document is said to have.
    if (!known(before, record.previousEtag) || !known(after, record.newEtag))
      return wholeOf(owner, record, { ...view, diff: 'etags' }, data)
    const changed = changedAmong(watched, before, after)
    return changed.length === 0 ? undefined : toldOfNodes(owner, record, view, data, changed)
  }

  async function tell(owner: Owner, record: ChangeRecord, view: View, data: object): Promise<Told | undefined> {
    const named = view.targets === undefined ? 'whole' : namedIn(view.targets, owner, record.document)
    if (named === undefined) return undefined
    return named === 'whole' ? wholeOf(owner, record, view, data) : nodesOf(owner, record, view, data, named)
  }

  return {
    async describe(event, view) {
      const { owner, record } = event
      const asItIs = view.form === 'json' && view.diff === 'etags' && view.targets === undefined
      if (record.kind !== 'change' || asItIs) return event
      const told = await tell(owner, record, view, recordData(owner, record))
      return told === undefined ? undefined : { ...event, ...told, data: JSON.stringify(told.data) }
    },

    async describePresent(owner, record, view) {
      const told = await tell(owner, record, view, presentData(owner, record))
      if (told === undefined) return undefined
      return { ...eventWithoutPlace(owner, record), ...told, data: JSON.stringify(told.data) }
    },
  }
}

function presentData(owner: Owner, { document, newEtag, at }: PresentRecord): object {
  const about = aboutOf(document)
  return { user: userOf(owner), document, kind: 'present', newEtag, about, at: instantText(at) }
}

interface Told {
  readonly event: 'change' | 'xcap-diff'
  readonly data: object
}

function toldAsDiff(owner: Owner, { root }: View, diffs: readonly Diff[]): Told {
  return { event: 'xcap-diff', data: { user: userOf(owner), xcapDiff: writeXcapDiff(root, diffs) } }
}

interface ChangedNode {
  readonly node: WatchedNode
  /** As it is now; `undefined`: it is gone. */
  readonly is: ReturnType<typeof nodeIn>
}

function changedAmong(
  watched: readonly WatchedNode[],
  before: XmlDocument | undefined,
  after: XmlDocument | undefined,
): readonly ChangedNode[] {
  return watched
    .map((node) => ({ node, was: nodeIn(before, node), is: nodeIn(after, node) }))
    .filter(({ was, is }) => was?.source !== is?.source)
}

function toldOfNodes(
  owner: Owner,
  record: ChangeRecord,
  view: View,
  data: object,
  changed: readonly ChangedNode[],
): Told {
  if (view.form === 'xcap-diff') {
    const diffs = changed.map(
      ({ node, is }): Diff => ({
        kind: node.selector.terminal.kind === 'attribute' ? 'attribute' : 'element',
        sel: `${record.document}/~~/${node.text}`,
        bindings: node.bindings,
        content: is === undefined ? undefined : view.diff === 'etags' ? '' : is.content,
      }),
    )
    return toldAsDiff(owner, view, diffs)
  }
  const nodes = changed.map(({ node, is }) => ({
    sel: node.text,
    exists: is !== undefined,
    text: view.diff === 'etags' ? undefined : is?.source,
  }))
  return { event: 'change', data: { ...data, nodes } }
}

/** An ETag is never used twice, so the two name the change. */
function idOf({ document, previousEtag, newEtag }: ChangeRecord): string {
  return JSON.stringify([document, previousEtag, newEtag])
}

function comparedData(comparison: Comparison): object {
  switch (comparison.kind) {
    case 'same':
      return { bodyNotChanged: true }
    case 'other':
      return {}
    case 'patched':
      return { patches: comparison.operations.map(operationData) }
  }
}

function operationData({ kind, bound, ...rest }: Operation): object {
  return { op: kind, ...rest, namespaces: bound === undefined ? undefined : Object.fromEntries([bound]) }
}
