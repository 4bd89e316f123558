/**
 * What leaves a home with a commit, in three acts. It is delivered, at once or, where a server died on the way, by
 * another one. Behind the commit, when no request waits any more, its outbox is emptied and the states before it go.
 * While an entry is in the outbox the home is the truth. Everything may be delivered again, by several at once: each
 * entry has an id of its own or a revision.
 */
import { createAlarm, type Clock } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Chain } from './chain.ts'
import type { Collections, HomeLink } from './collections.ts'
import { isOutage } from './errors.ts'
import type { OutboxItem } from './home-document.ts'
import type { JournalItem, JournalTable } from './journal.ts'
import type { RecordItem, RecordsTable } from './records.ts'
import type { VersionItem, VersionsTable } from './versions.ts'

interface Destinations {
  readonly journal: JournalTable
  readonly records: RecordsTable
  readonly versions: VersionsTable
}

/** Resolves when everything has arrived that somebody reads. */
export type DeliverOutbox = (owner: Owner, entries: readonly OutboxItem[]) => Promise<void>

export function createOutboxDelivery({ journal, records, versions }: Destinations): DeliverOutbox {
  return async (owner, entries) => {
    const changes: JournalItem[] = []
    const values: RecordItem[] = []
    const replaced: VersionItem[] = []
    const unneeded: string[] = []
    for (const entry of entries) {
      if (entry.kind === 'journal') changes.push(entry)
      else if (entry.kind === 'record') values.push(entry)
      else if (entry.kind === 'unneeded') unneeded.push(...entry.messages)
      else if (entry.kind !== 'attempt' && entry.kind !== 'pages') replaced.push(entry)
    }
    const putRecords = async (): Promise<void> => {
      await records.put(values)
      if (unneeded.length > 0) await records.removeBodies(owner, unneeded, values)
    }
    await Promise.all([journal.append(changes), putRecords(), versions.put(owner, replaced)])
  }
}

interface CleanupRooms {
  readonly collections: Pick<Collections, 'homes' | 'attempts' | 'bodies'>
  readonly background: BackgroundTasks
  readonly prune: (link: HomeLink) => Promise<void>
  /** What is known of homes. */
  readonly cache: {
    /** These of that home need not be done any more. */
    forget(key: string, items: readonly OutboxItem[]): void
    /** The outbox of that state is empty in the database. */
    markEmptied(link: HomeLink): void
  }
}

interface Delivered {
  readonly link: HomeLink
  /** What is left to be done here: all else has arrived. */
  readonly outbox: readonly OutboxItem[]
}

interface Cleaning {
  /** What is to be cleaned up next. */
  next?: Delivered
  readonly over: Promise<void>
}

/**
 * One home at a time, and of several commits that came meanwhile only the last one, which knows what those before it
 * left to be done.
 * @returns what to call with a commit whose outbox was delivered; resolves when that home is clean, or cannot be now.
 */
export function createCleanup({
  collections: { homes, attempts, bodies },
  background,
  prune,
  cache,
}: CleanupRooms): (link: HomeLink, outbox: readonly OutboxItem[]) => Promise<void> {
  const running = new Map<string, Cleaning>()

  async function cleanUp({ link, outbox }: Delivered): Promise<void> {
    const over = outbox.flatMap((entry) => (entry.kind === 'attempt' ? [entry.commit] : []))
    const pages = outbox.flatMap((entry) => (entry.kind === 'pages' ? entry.pages : []))
    await Promise.all([
      over.length === 1 ? attempts.deleteOne({ _id: over[0]! }) : undefined,
      over.length > 1 ? attempts.deleteMany({ _id: { $in: over } }) : undefined,
      link.revision > 1 ? prune(link) : undefined,
      pages.length > 0 ? bodies.deleteMany({ _id: { $in: pages } }) : undefined,
    ])
    cache.forget(link.key, outbox)
    // The next state was made with what had not arrived then, so this one is as good as gone.
    if (link.pending !== true || running.get(link.key)?.next !== undefined) return
    await homes.updateOne({ _id: link._id, commit: link.commit }, { $set: { outbox: '[]' }, $unset: { pending: '' } })
    cache.markEmptied(link)
  }

  async function cleanUpAll(key: string, first: Delivered): Promise<void> {
    for (let delivered: Delivered | undefined = first; delivered !== undefined; ) {
      await cleanUp(delivered).catch(() => {})
      delivered = running.get(key)?.next
      delete running.get(key)?.next
    }
    running.delete(key)
  }

  return (link, outbox) => {
    const delivered = { link, outbox }
    const present = running.get(link.key)
    if (present !== undefined) {
      if ((present.next?.link.revision ?? 0) <= link.revision) present.next = delivered
      return present.over
    }
    const over = cleanUpAll(link.key, delivered)
    running.set(link.key, { over })
    background.run(over)
    return over
  }
}

export interface PendingOutboxes {
  /** Delivers all of them, also those that a living server is just delivering. */
  deliverAll(): Promise<void>
  stop(): void
}

interface PendingHomes {
  /** The home, after everything that left it has arrived. */
  delivered(owner: Owner): Promise<{ readonly link: HomeLink } | undefined>
  readonly chain: Pick<Chain<HomeLink>, 'prune'>
}

const BATCH = 200
/** Within so many milliseconds a living server has delivered its own. */
const LOOK_EVERY_MS = 1_500

/** Outboxes that a server left behind when it died are delivered by any that lives. */
export function watchPendingOutboxes(
  { homes }: Pick<Collections, 'homes'>,
  table: PendingHomes,
  clock: Clock,
  background: BackgroundTasks,
): PendingOutboxes {
  let seen: ReadonlySet<string> = new Set()
  let isOver = false
  const alarm = createAlarm(clock, () => background.run(deliverAbandoned()))
  const arm = (): void => alarm.set(clock.now() + LOOK_EVERY_MS)
  arm()

  const pendingNow = () =>
    homes
      .find({ pending: true })
      .limit(BATCH)
      .project<{ _id: string; key: string; commit: string }>({ key: 1, commit: 1 })
      .toArray()

  async function deliver(found: readonly { readonly key: string }[]): Promise<void> {
    for (const key of new Set(found.map((one) => one.key))) {
      // One that cannot be delivered now holds up no other; it is found again.
      try {
        const known = await table.delivered(key as Owner)
        if (known !== undefined) await table.chain.prune(known.link)
      } catch (error) {
        if (!isOutage(error) && !(error instanceof Refused)) throw error
      }
    }
  }

  async function deliverAbandoned(): Promise<void> {
    try {
      const found = await pendingNow()
      await deliver(found.filter(({ commit }) => seen.has(commit)))
      seen = new Set(found.map(({ commit }) => commit))
    } finally {
      if (!isOver) arm()
    }
  }

  return {
    async deliverAll() {
      await deliver(await pendingNow())
    },
    stop() {
      isOver = true
      alarm.callOff()
    },
  }
}
