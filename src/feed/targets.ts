/**
 * What a watcher named: documents, nodes, folders and usages (RFC 5875 §4.2), and do-not-disturb as it starts and ends.
 */
import type { Principal } from '../access/account.ts'
import { may } from '../access/authorize.ts'
import { selectorText, type Auid, type DocumentSelector, type Owner } from '../names.ts'
import { Refused } from '../refusal.ts'
import { readAddress } from '../xcap/address.ts'
import type { ApplicationUsages } from '../xcap/application-usage.ts'
import { readBindings } from '../xcap/bindings.ts'
import { nodeSelectorOf } from '../xcap/node.ts'
import type { NodeSelector } from '../xcap/selector.ts'
import { userNamed } from '../xui.ts'

/** An element or an attribute of a document. */
export interface WatchedNode {
  /** As it was named, behind `~~/` and without its query. */
  readonly text: string
  readonly bindings: ReadonlyMap<string, string>
  readonly selector: NodeSelector
}

export type WatchTarget =
  | { readonly kind: 'state' }
  | { readonly kind: 'usage'; readonly auid: Auid }
  /** Documents whose names begin with `under`; empty: all of this usage in this home. */
  | { readonly kind: 'folder'; readonly auid: Auid; readonly owner: Owner; readonly under: string }
  | { readonly kind: 'document'; readonly selector: DocumentSelector; readonly node: WatchedNode | undefined }

/** More than these are watched by the folder or the usage that they lie in. */
const TARGETS_AT_MOST = 64

/**
 * RFC 5875 §4.4: what the watcher may not read is left out without a word.
 * @param what `state`, an AUID, a folder with a slash at its end, or a document selector, with or without `~~` and a
 * node selector; each as in an XCAP URI, below the root.
 * @throws Refused `bad-request`
 */
export function readTargets(
  what: readonly string[],
  usages: ApplicationUsages,
  principal: Principal,
): readonly WatchTarget[] {
  if (what.length > TARGETS_AT_MOST) throw unreadable(`at most ${TARGETS_AT_MOST} can be named`)
  return what.flatMap((text) => readTarget(text, usages, principal) ?? [])
}

/** What is watched keeps its meaning wherever it is read again: a bare user name becomes the XUI. */
export function namedInFull(what: readonly string[], realm: string): readonly string[] {
  return what.map((text) =>
    text.replace(/^([^/]+\/users\/)([^/:@]+)(?=\/)/, (whole, before: string, name: string) => {
      const xui = userNamed(decoded(name), realm)
      return xui === undefined ? whole : `${before}${encodeURI(xui)}`
    }),
  )
}

/** As it stands where it cannot be decoded: it is refused when it is read. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function readTarget(text: string, usages: ApplicationUsages, principal: Principal): WatchTarget | undefined {
  if (text === 'state') return { kind: 'state' }
  const whole = usages.find(text.replace(/\/$/, ''))
  if (whole !== undefined) return { kind: 'usage', auid: whole.auid }
  const isFolder = text.endsWith('/') && !text.includes('~~')
  const address = addressOf(isFolder ? `${text}${ANY_NAME}` : text, usages)
  const { selector, usage } = address
  // A folder of the global tree holds what everybody may read and what nobody else may: each document is judged by its
  // usage.
  if (!may(principal, 'read-documents', selector.owner, usage.readableBy)) return undefined
  if (isFolder)
    return {
      kind: 'folder',
      auid: selector.auid,
      owner: selector.owner,
      under: selector.name.slice(0, -ANY_NAME.length),
    }
  const node = nodeSelectorOf(address)
  if (node === undefined) return { kind: 'document', selector, node: undefined }
  if (node.terminal.kind === 'namespaces') throw unreadable('namespace bindings cannot be watched')
  const bindings = readBindings(address.query)
  return { kind: 'document', selector, node: { text: address.node ?? '', bindings, selector: node } }
}

/** Stands for every name in a folder while the folder is read like a document. */
const ANY_NAME = 'x'

function addressOf(text: string, usages: ApplicationUsages): ReturnType<typeof readAddress> {
  try {
    return readAddress(`/${text}`, '', usages)
  } catch (error) {
    if (error instanceof Refused && error.refusal.kind === 'not-found') throw unreadable(error.refusal.detail)
    throw error
  }
}

function unreadable(why: string): Refused {
  return new Refused({ kind: 'bad-request', detail: `What to watch cannot be read: ${why}` })
}

/** How a document is named: as a whole, or only some of its nodes. `undefined`: not at all. */
export function namedIn(
  targets: readonly WatchTarget[],
  owner: Owner,
  document: string,
): 'whole' | readonly WatchedNode[] | undefined {
  const nodes: WatchedNode[] = []
  for (const target of targets) {
    if (target.kind === 'usage' && document.startsWith(`${target.auid}/`)) return 'whole'
    if (target.kind === 'folder' && owner === target.owner) {
      if (document.startsWith(selectorText({ auid: target.auid, owner, name: target.under }))) return 'whole'
    }
    if (target.kind === 'document' && owner === target.selector.owner && document === selectorText(target.selector)) {
      if (target.node === undefined) return 'whole'
      nodes.push(target.node)
    }
  }
  return nodes.length === 0 ? undefined : nodes
}
