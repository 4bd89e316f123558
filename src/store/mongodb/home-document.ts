/** A home as a link of its owner's chain, and what leaves it with a commit. */
import assert from 'node:assert/strict'
import type { Instant } from '../../clock.ts'
import {
  emptyHome,
  type Commit,
  type DocumentEntry,
  type Home,
  type OutboxEntry,
  type TextId,
  type Version,
} from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { LinkContent } from './chain.ts'
import type { HomeLink } from './collections.ts'

/**
 * What left with a commit, until it has arrived. Each may be carried out again, by anyone; those of a home in their
 * order.
 */
export type OutboxItem = { readonly id: string } & (
  | { readonly kind: 'journal'; readonly owner: Owner; readonly record: unknown }
  /** `name` and `owner` come with a new message. */
  | {
      readonly kind: 'record'
      readonly message: string
      readonly revision: number
      readonly value: unknown
      readonly sweepAt?: Instant
      readonly name?: string
      readonly owner?: Owner
    }
  /** Their bodies are needed no more. */
  | { readonly kind: 'unneeded'; readonly messages: readonly string[] }
  | { readonly kind: 'version'; readonly key: string; readonly revision: number; readonly version: Version }
  | { readonly kind: 'dropped'; readonly text: TextId; readonly size: number; readonly at: Instant }
  /** The versions that ended at this revision or before. */
  | { readonly kind: 'forgotten'; readonly revision: number; readonly at: Instant }
  /** The commit came to be: what it brought stays. */
  | { readonly kind: 'attempt'; readonly commit: string }
)

/** A link, read. */
export interface KnownHome {
  readonly link: HomeLink
  readonly home: Home
  readonly outbox: readonly OutboxItem[]
}

interface State {
  readonly documents: readonly (readonly [string, DocumentEntry])[]
  readonly parts: readonly (readonly [string, unknown])[]
}

export function knownHome(link: HomeLink): KnownHome {
  const { documents, parts } = JSON.parse(link.state) as State
  const home = {
    ...emptyHome(link.key as Owner),
    revision: link.revision,
    documents: new Map(documents),
    parts: new Map(parts),
    next: link.next,
  }
  return { link, home, outbox: JSON.parse(link.outbox) as OutboxItem[] }
}

/** @param outbox with what earlier commits left and has not arrived. */
export function linkContentOf(
  { owner, revision, documents, parts, next }: Home,
  outbox: readonly OutboxItem[],
  forgot: number,
): LinkContent<HomeLink> {
  assert(next === undefined || Number.isSafeInteger(next), 'next is an instant')
  assert(revision >= 0)
  return {
    state: JSON.stringify({ documents: [...documents], parts: [...parts] } satisfies State),
    ...(next === undefined ? {} : { next, scheduled: owner }),
    outbox: JSON.stringify(outbox),
    ...(outbox.length === 0 ? {} : { pending: true }),
    forgot,
  }
}

/** @param keepsVersions whether the store keeps versions at all. */
export function outboxOf(
  commit: Commit,
  before: Home,
  id: string,
  now: Instant,
  keepsVersions: boolean,
): readonly OutboxItem[] {
  const revision = commit.home.revision + 1
  const items: NewItem[] = [
    ...(commit.messages ?? []).map(
      ({ id: message, uniqueName: name, owner, value, sweepAt }) =>
        ({
          kind: 'record',
          message,
          revision,
          value,
          name,
          owner,
          ...(sweepAt === undefined ? {} : { sweepAt }),
        }) as const,
    ),
    ...(commit.outbox ?? []).map((entry) => itemOf(entry, revision)),
    ...((commit.unneeded ?? []).length > 0 ? [{ kind: 'unneeded', messages: commit.unneeded! } as const] : []),
    ...replacedBy(commit, before).map(([key, entry]) => {
      if (!keepsVersions || commit.forgetsVersions === true)
        return { kind: 'dropped', text: entry.text, size: entry.size, at: now } as const
      return { kind: 'version', key, revision, version: { ...entry, replaced: now } } as const
    }),
    ...(commit.forgetsVersions === true ? [{ kind: 'forgotten', revision, at: now } as const] : []),
    ...(stagesSomething(commit) ? [{ kind: 'attempt', commit: id } as const] : []),
  ]
  return items.map((entry, index) => ({ id: `${id}:${index}`, ...entry }))
}

type NewItem = OutboxItem extends infer L ? (L extends OutboxItem ? Omit<L, 'id'> : never) : never

function itemOf(entry: OutboxEntry, revision: number): NewItem {
  if (entry.kind === 'journal') return entry
  const { id: message, value, sweepAt } = entry
  return { kind: 'record', message, revision, value, ...(sweepAt === undefined ? {} : { sweepAt }) }
}

function replacedBy({ home: { documents } }: Commit, before: Home): readonly (readonly [string, DocumentEntry])[] {
  return documents === before.documents
    ? []
    : [...before.documents].filter(([key, { text }]) => documents.get(key)?.text !== text)
}

export function stagesSomething({ texts = [], messages = [] }: Commit): boolean {
  return texts.length + messages.length > 0
}
