/**
 * Homes: one document each, by compare and swap (`chain.ts`), and beside it what is long in it (`pages.ts`). What a
 * commit brings lies there before it, what leaves with it lies in the home until it has arrived where it belongs; both
 * are one insert, so all of it came to be or nothing.
 */
import assert from 'node:assert/strict'
import { identifier, stopwatch, type Clock, type Instant, type Randomness } from '../../clock.ts'
import { isEnough, type Commit, type Committed, type Home } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import { NOTHING_STAGED, type Stage } from './staged-writes.ts'
import { createChain, type Chain, type LinkContent, type Swap } from './chain.ts'
import type { Collections, HomeLink } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import {
  committedHome,
  isCleanup,
  linkContentOf,
  outboxOf,
  partsAfter,
  readHome,
  stagesSomething,
  wholeCommit,
  type KnownHome,
  type OutboxItem,
} from './home-document.ts'
import { createCleanup, type DeliverOutbox } from './outbox.ts'
import type { Deadlines } from './deadlines.ts'
import { unavailable } from './errors.ts'
import { NO_PAGES, placePages, readPages, type PagedParts } from './pages.ts'

export interface HomesRoom {
  readonly collections: Pick<Collections, 'homes' | 'attempts' | 'bodies'>
  readonly clock: Clock
  readonly random: Randomness
  readonly deadlines: Deadlines
  readonly background: BackgroundTasks
  readonly deliverOutbox: DeliverOutbox
  readonly keepsVersions: boolean
  readonly swap: Swap
  readonly committed: (owner: Owner, next: Instant | undefined) => void
}

export interface HomesTable {
  /** @param without a list that may be left out. */
  read(owner: Owner, without?: string): Promise<KnownHome | undefined>
  /** @param stage what brings the commit's texts, bodies and keys, and pages; missing for one that is to bring none. */
  commit(commit: Commit, stage?: Stage): Promise<Committed>
  /** The home, after everything that left it has arrived. */
  delivered(owner: Owner): Promise<KnownHome | undefined>
  inFlight(commit: string): Promise<unknown>
  readonly chain: Chain<HomeLink>
  figures(): {
    readonly transactions: number
    readonly commits: number
    readonly conflicts: number
    readonly failures: number
  }
}

/** Read homes are kept while their revision is the present one: so many UTF-16 units of them together. */
const CACHED_AT_MOST = 32 * 1024 * 1024
/**
 * A document of MongoDB has 16 MiB at most. What brings more stops at half of that, so that what is there already can
 * still end.
 */
const BYTES_AT_MOST = 8 * 1024 * 1024
/** More in an outbox means that nothing has arrived for long: the next writer is told to come back. */
const OUTBOX_AT_MOST = 1_000
/** But where all has arrived, and only what is done behind commits is late, a writer waits for that. */
const CLEANED_WITHIN_MS = 500
/** A commit waits so long, since it began, until what leaves with it has arrived; then it goes on alone. */
const DELIVERED_WITHIN_MS = 1_600

export function createHomes(room: HomesRoom): HomesTable {
  const chain = createChain(room.collections.homes, room.swap)
  const makingNow = new Map<string, Promise<unknown>>()
  const figures = { transactions: 0, commits: 0, conflicts: 0, failures: 0 }

  const { read, deliver, make } = createCommitting(room, chain)

  function count(outcome: Committed): void {
    if (outcome.kind === 'conflict') figures.conflicts += 1
    if (outcome.kind !== 'committed') return
    figures.commits += 1
    figures.transactions += 1
  }

  return {
    read,
    async commit(commit, stage) {
      const id = identifier(room.random)
      const making = make(commit, id, stage)
      makingNow.set(
        id,
        making.catch(() => {}),
      )
      try {
        const outcome = await making
        count(outcome)
        if (outcome.kind !== 'committed') return outcome
        room.committed(outcome.home.owner, outcome.home.next)
        return outcome
      } catch (error) {
        figures.failures += 1
        throw error
      } finally {
        makingNow.delete(id)
      }
    },
    async delivered(owner) {
      const known = await read(owner)
      if (known?.link.pending === true) await deliver(known)
      return known
    },
    inFlight: (commit) => makingNow.get(commit) ?? Promise.resolve(),
    chain,
    figures: () => ({ ...figures }),
  }
}

function createCommitting(room: HomesRoom, chain: Chain<HomeLink>) {
  const { collections, clock, deadlines, background, deliverOutbox } = room
  const cache = createHomeCache()
  const cleanUp = createCleanup({ collections, background, prune: chain.prune, cache })

  async function read(owner: Owner, without?: string): Promise<KnownHome | undefined> {
    const link = await chain.head(owner, cache.get(owner)?.link)
    if (link === undefined) return undefined
    const known = cache.get(owner)
    const isPresent = known !== undefined && known.link.revision >= link.revision
    if (isPresent && isEnough(known.home, without)) return known
    // Of a list that is in memory only what is new is read.
    const left = known === undefined || known.home.without === without ? without : undefined
    const pagesOf = (ids: readonly string[]) => readPages(collections.bodies, ids, known?.pages ?? NO_PAGES)
    const found = await readHome(isPresent ? known.link : link, chain.head, pagesOf, left)
    return cache.keep(cache.withOutbox(found))
  }

  /** The state at that revision; `conflict`: it is not the present one. */
  async function baseOf({ owner, revision, without }: Home): Promise<KnownHome | undefined | 'conflict'> {
    const known = cache.get(owner)
    if (known?.link.revision === revision && isEnough(known.home, without)) return known
    const present = await read(owner, without)
    return (present?.link.revision ?? 0) === revision ? present : 'conflict'
  }

  /** Delivers the outbox; what is left to be done then is done behind it. */
  async function deliver({ link, outbox }: KnownHome): Promise<void> {
    const arriving = outbox.filter((item) => !isCleanup(item))
    if (arriving.length > 0) await deliverOutbox(link.key as Owner, arriving)
    cache.forget(link.key, arriving)
    if (link.pending === true || link.revision > 1) void cleanUp(link, outbox.filter(isCleanup))
  }

  async function make(wanted: Commit, id: string, stage: Stage | undefined): Promise<Committed> {
    const began = stopwatch()
    const before = await baseOf(wanted.home)
    if (before === 'conflict') return { kind: 'conflict' }
    const commit = wholeCommit(wanted, before?.home)
    const { home } = commit
    const paged = partsAfter(commit, before, mayMakePages(commit, stage) ? id : undefined)
    const made = outboxOf({ commit, before, paged, id, now: clock.now(), keepsVersions: room.keepsVersions })
    if (before !== undefined && isLate(before, made.length))
      await deadlines.within(CLEANED_WITHIN_MS, cleanUp(before.link, before.outbox), undefined)
    const base = before && cache.still(before)
    const outbox = outboxAfter(base, made)
    const content = contentAfter(commit, base, paged, outbox)
    const staged = (await stage?.(commit, id, paged.made)) ?? NOTHING_STAGED
    if (staged === 'taken') return { kind: 'duplicate-message' }
    const link = await chain.append(home.owner, base?.link, id, content)
    if (link === undefined) {
      cache.drop(home.owner)
      await staged.rollBack().catch(() => {})
      return { kind: 'conflict' }
    }
    placePages(paged.made)
    const left = [...(base === undefined ? [] : cache.still(base).outbox), ...made]
    const { parts, pages } = paged
    const known = cache.keep({ link, home: committedHome(home, link.revision, parts), outbox: left, parts, pages })
    // It is durable: whatever becomes of the rest, this server or another one delivers it.
    await deadlines.within(
      DELIVERED_WITHIN_MS - (stopwatch() - began),
      deliver(known).catch(() => {}),
      undefined,
    )
    return { kind: 'committed', home: known.home }
  }

  return { read, deliver, make }
}

/**
 * Where something is staged all the same, pages are staged beside it; where nothing is, and bodies go, whose removal
 * follows that of their records, it would be a fourth round trip in a row.
 */
function mayMakePages(commit: Commit, stage: Stage | undefined): boolean {
  return stage !== undefined && (stagesSomething(commit) || (commit.unneeded ?? []).length === 0)
}

/** @throws Refused `over-quota` */
function contentAfter(
  commit: Commit,
  base: KnownHome | undefined,
  { parts }: PagedParts,
  outbox: readonly OutboxItem[],
): LinkContent<HomeLink> {
  const { home } = commit
  const forgot = commit.forgetsVersions === true ? home.revision + 1 : (base?.link.forgot ?? 0)
  const content = linkContentOf(home, parts, outbox, forgot)
  const size = Buffer.byteLength(content.state) + Buffer.byteLength(content.outbox)
  if (!stagesSomething(commit) || size <= BYTES_AT_MOST) return content
  throw new Refused({
    kind: 'over-quota',
    detail: 'What is kept for this user takes all the room that there is for one.',
  })
}

function outboxAfter(base: KnownHome | undefined, items: readonly OutboxItem[]): readonly OutboxItem[] {
  if (base !== undefined && isFull(base, items.length))
    throw unavailable('Too many changes of this user have not been passed on yet.')
  return [...(base?.outbox ?? []), ...items]
}

/** What one commit brings alone is not too much. */
function isFull({ outbox }: KnownHome, more: number): boolean {
  return outbox.length > 0 && outbox.length + more > OUTBOX_AT_MOST
}

/** So much more would be too much behind what has arrived, and is only late to be cleaned up. */
function isLate(base: KnownHome, more: number): boolean {
  return isFull(base, more) && base.outbox.every(isCleanup)
}

/** What is known of the homes that were read last. */
function createHomeCache() {
  const cache = new Map<string, KnownHome>()
  let size = 0
  const drop = (owner: string): void => {
    const known = cache.get(owner)
    if (known === undefined) return
    size -= sizeOf(known)
    cache.delete(owner)
  }
  const put = (known: KnownHome): void => {
    drop(known.link.key)
    cache.set(known.link.key, known)
    size += sizeOf(known)
    while (size > CACHED_AT_MOST && cache.size > 1) drop(cache.keys().next().value!)
  }
  return {
    get: (owner: Owner) => cache.get(owner),
    /** @returns the same. */
    keep(known: KnownHome): KnownHome {
      const { key, revision } = known.link
      assert(revision > 0)
      if ((cache.get(key)?.link.revision ?? 0) <= revision) put(known)
      return known
    },
    drop,
    /** These are done, whichever state is the present one: they have ids of their own. */
    forget(key: string, items: readonly OutboxItem[]): void {
      const known = cache.get(key)
      if (known === undefined || items.length === 0) return
      const done = new Set(items.map(({ id }) => id))
      put({ ...known, outbox: known.outbox.filter(({ id }) => !done.has(id)) })
    },
    /** The state with what is left of its outbox, if it is the one that is known. */
    still(base: KnownHome): KnownHome {
      const known = cache.get(base.link.key)
      return known?.link.commit === base.link.commit ? known : base
    },
    /** The same, with what is left of its outbox, as far as that is known. */
    withOutbox(found: KnownHome): KnownHome {
      const { link, outbox } = this.still(found)
      return { ...found, link, outbox }
    },
    /** In the database, too. */
    markEmptied({ key, commit }: HomeLink): void {
      const known = cache.get(key)
      if (known?.link.commit !== commit) return
      const { pending, ...link } = known.link
      put({ ...known, link })
    },
  }
}

function sizeOf({ link, pages }: KnownHome): number {
  return [...pages.values()].reduce((sum, { length }) => sum + length, link.state.length + link.outbox.length)
}
