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
import {
  isPaged,
  keptBehind,
  mentionedPages,
  NO_PAGES,
  pageParts,
  wholeParts,
  type KeptPart,
  type PagedPart,
  type PagedParts,
  type Pages,
} from './pages.ts'

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
  /** The home mentions them no more. */
  | { readonly kind: 'pages'; readonly pages: readonly string[] }
)

/** What nobody waits for who committed, and nobody reads where it goes to. */
export function isCleanup({ kind }: OutboxItem): boolean {
  return kind === 'attempt' || kind === 'pages'
}

/** A link, read. */
export interface KnownHome {
  readonly link: HomeLink
  readonly home: Home
  readonly outbox: readonly OutboxItem[]
  /** As the link has them. */
  readonly parts: readonly KeptPart[]
  /** That are mentioned, but for those of a list that was left out. */
  readonly pages: Pages
}

interface State {
  readonly documents: readonly (readonly [string, DocumentEntry])[]
  readonly parts: readonly KeptPart[]
}

/**
 * Reads a link with its pages. Where one of these is gone, so is that state, and the present one is read.
 *
 * @param present the head of that chain.
 * @param pagesOf those that are there.
 * @param without a list that is left out where it stands in pages.
 * @throws Error where the present state mentions a page that is not there.
 */
export async function readHome(
  first: HomeLink,
  present: (key: string) => Promise<HomeLink | undefined>,
  pagesOf: (ids: readonly string[]) => Promise<Pages>,
  without?: string,
): Promise<KnownHome> {
  for (let link = first; ; ) {
    const state = JSON.parse(link.state) as State
    const left = without === undefined ? undefined : pagedPart(state.parts, without)
    const ids = mentionedPages(state.parts.filter((part) => part !== left))
    const pages = await pagesOf(ids)
    const lost = ids.find((id) => !pages.has(id))
    if (lost === undefined) return knownHome(link, state, pages, left)
    const head = await present(link.key)
    if (head === undefined || head.commit === link.commit)
      throw new Error(`the page ${lost} of the home ${link.key} is not there`)
    link = head
  }
}

function knownHome(link: HomeLink, { documents, parts }: State, pages: Pages, left: PagedPart | undefined): KnownHome {
  const home = {
    ...emptyHome(link.key as Owner),
    revision: link.revision,
    documents: new Map(documents),
    parts: wholeParts(
      parts.filter((part) => part !== left),
      pages,
    ),
    next: link.next,
    ...(left === undefined ? {} : leftOut(left)),
  }
  return { link, home, outbox: JSON.parse(link.outbox) as OutboxItem[], parts, pages }
}

function pagedPart(parts: readonly KeptPart[], name: string): PagedPart | undefined {
  return parts.filter(isPaged).find(([part]) => part === name)
}

function leftOut([without, , , totals]: PagedPart): Pick<Home, 'without' | 'totals'> {
  return { without, ...(totals === undefined ? {} : { totals }) }
}

/** The commit of the whole home, where that is what is known of the state before. */
export function wholeCommit(commit: Commit, before: Home | undefined): Commit {
  const { without, totals: _, ...home } = commit.home
  if (without === undefined || before?.without !== undefined) return commit
  assert(!home.parts.has(without), 'what was left out stays so')
  const list = [...((before?.parts.get(without) ?? []) as readonly object[]), ...(commit.behind ?? [])]
  return { ...commit, home: { ...home, parts: new Map(home.parts).set(without, list) } }
}

/**
 * The parts of a home as the commit leaves them. What is known of a list stays with it while it is the same.
 *
 * @param name as in `pageParts`.
 */
export function partsAfter(
  { home, behind = [], totals }: Commit,
  before: KnownHome | undefined,
  name: string | undefined,
): PagedParts {
  const paged = pageParts(home.parts, before?.pages ?? NO_PAGES, name)
  const totalsOf = (part: string, isSame: boolean): unknown =>
    totals?.part === part ? totals.value() : isSame ? before && pagedPart(before.parts, part)?.[3] : undefined
  const parts = paged.parts.map((part): KeptPart => {
    const isSame = home.parts.get(part[0]) === before?.home.parts.get(part[0])
    return isPaged(part) ? withTotals(part, totalsOf(part[0], isSame)) : part
  })
  const left = home.without === undefined ? undefined : before && pagedPart(before.parts, home.without)
  if (left === undefined) return { ...paged, parts }
  assert(!home.parts.has(left[0]), 'what was left out stays so')
  const { part, made } = keptBehind(left, behind, name && `${name}:${paged.made.length}`)
  const longer = withTotals(part, totalsOf(left[0], behind.length === 0))
  return { ...paged, parts: [...parts, longer], made: [...paged.made, ...made] }
}

function withTotals([name, list, is]: PagedPart, totals: unknown): PagedPart {
  return totals === undefined ? [name, list, is] : [name, list, is, totals]
}

/** The home as it is once it is committed. */
export function committedHome({ totals: _, ...home }: Home, revision: number, parts: readonly KeptPart[]): Home {
  const left = home.without === undefined ? undefined : pagedPart(parts, home.without)
  return { ...home, revision, ...(left && leftOut(left)) }
}

/**
 * @param parts the home's, as they are to be kept.
 * @param outbox with what earlier commits left and has not arrived.
 */
export function linkContentOf(
  { owner, revision, documents, next }: Home,
  parts: readonly KeptPart[],
  outbox: readonly OutboxItem[],
  forgot: number,
): LinkContent<HomeLink> {
  assert(next === undefined || Number.isSafeInteger(next), 'next is an instant')
  assert(revision >= 0)
  return {
    state: JSON.stringify({ documents: [...documents], parts } satisfies State),
    ...(next === undefined ? {} : { next, scheduled: owner }),
    outbox: JSON.stringify(outbox),
    ...(outbox.length === 0 ? {} : { pending: true }),
    forgot,
  }
}

/** A commit that is being made. */
interface InTheMaking {
  readonly commit: Commit
  readonly before: KnownHome | undefined
  readonly paged: PagedParts
  /** Of the commit. */
  readonly id: string
  readonly now: Instant
  /** Whether the store keeps versions at all. */
  readonly keepsVersions: boolean
}

/** What leaves with this commit. */
export function outboxOf({ commit, before, paged, id, now, keepsVersions }: InTheMaking): readonly OutboxItem[] {
  const gone = [...(before?.pages.keys() ?? [])].filter((page) => !paged.pages.has(page))
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
    ...replacedBy(commit, before?.home).map(([key, entry]) => {
      if (!keepsVersions || commit.forgetsVersions === true)
        return { kind: 'dropped', text: entry.text, size: entry.size, at: now } as const
      return { kind: 'version', key, revision, version: { ...entry, replaced: now } } as const
    }),
    ...(commit.forgetsVersions === true ? [{ kind: 'forgotten', revision, at: now } as const] : []),
    ...(stagesSomething(commit) || paged.made.length > 0 ? [{ kind: 'attempt', commit: id } as const] : []),
    ...(gone.length > 0 ? [{ kind: 'pages', pages: gone } as const] : []),
  ]
  return items.map((entry, index) => ({ id: `${id}:${index}`, ...entry }))
}

type NewItem = OutboxItem extends infer L ? (L extends OutboxItem ? Omit<L, 'id'> : never) : never

function itemOf(entry: OutboxEntry, revision: number): NewItem {
  if (entry.kind === 'journal') return entry
  const { id: message, value, sweepAt } = entry
  return { kind: 'record', message, revision, value, ...(sweepAt === undefined ? {} : { sweepAt }) }
}

function replacedBy(
  { home: { documents } }: Commit,
  before: Home | undefined,
): readonly (readonly [string, DocumentEntry])[] {
  return before === undefined || documents === before.documents
    ? []
    : [...before.documents].filter(([key, { text }]) => documents.get(key)?.text !== text)
}

export function stagesSomething({ texts = [], messages = [] }: Commit): boolean {
  return texts.length + messages.length > 0
}
