/** The tables that hang together: a home's commit, what comes with it, and what leaves it. */
import type { Clock, Instant, Randomness } from '../../clock.ts'
import type { Commit, Committed } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { Retention } from '../store.ts'
import type { Swap } from './chain.ts'
import { createStagedWrites, type StagedWrites } from './staged-writes.ts'
import type { Collections } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { createDroppedTexts, type DroppedTexts } from './dropped-texts.ts'
import { createHomes, type HomesTable } from './homes.ts'
import { createJournal, type JournalTable } from './journal.ts'
import { createJournalCuts } from './journal-cuts.ts'
import { createIdempotencyKeys } from './idempotency-keys.ts'
import { createOutboxDelivery } from './outbox.ts'
import { createRecords, type RecordsTable } from './records.ts'
import type { Deadlines } from './deadlines.ts'
import { createVersions, type VersionsTable } from './versions.ts'

export interface Tables {
  readonly homes: HomesTable
  /** With everything that the commit brings. */
  readonly commit: (commit: Commit) => Promise<Committed>
  readonly journal: JournalTable
  readonly records: RecordsTable
  readonly versions: VersionsTable
  readonly droppedTexts: DroppedTexts
  readonly stagedWrites: StagedWrites
}

interface Rooms {
  readonly collections: Collections
  readonly clock: Clock
  readonly random: Randomness
  readonly deadlines: Deadlines
  readonly background: BackgroundTasks
  readonly retention: Retention
  readonly appended: Listeners<[]>
  readonly swap: Swap
}

/** @param committed is called when a home was committed here. */
export function createTables(
  { collections, clock, random, deadlines, background, retention, appended, swap }: Rooms,
  committed: (owner: Owner, next: Instant | undefined) => void,
): Tables {
  const cuts = createJournalCuts(collections, retention, background)
  const journal = createJournal(collections.journal, cuts, clock, deadlines, appended)
  const records = createRecords(collections, retention, swap)
  const droppedTexts = createDroppedTexts(collections, retention)
  const versions = createVersions(collections, droppedTexts, clock, retention)
  const deliverOutbox = createOutboxDelivery({ journal, records, versions })
  const keepsVersions = retention.versionsAtMost > 0
  const homes = createHomes({
    collections,
    clock,
    random,
    deadlines,
    background,
    deliverOutbox,
    keepsVersions,
    swap,
    committed,
  })
  // A name is another message's if another home says so; a home that is committed as it is takes no names.
  const keys = createIdempotencyKeys({
    collections,
    readHome: homes.read,
    commitAgain: (home) => homes.commit({ home }),
    inFlight: homes.inFlight,
    deadlines,
  })
  const stagedWrites = createStagedWrites({
    collections,
    clock,
    takeNames: keys.take,
    wasCommitted: keys.wasCommitted,
  })
  const commit = (wanted: Commit): Promise<Committed> => homes.commit(wanted, stagedWrites.stage)
  return { homes, commit, journal, records, versions, droppedTexts, stagedWrites }
}
