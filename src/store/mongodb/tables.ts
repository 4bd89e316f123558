/** The tables that hang together: a home's commit, what comes with it, and what leaves it. */
import type { Clock, Instant, Randomness } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { Retention } from '../store.ts'
import { createStagedWrites, type StagedWrites } from './staged-writes.ts'
import type { Collections } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import { createHomes, type HomesTable } from './homes.ts'
import { createJournal, type JournalTable } from './journal.ts'
import { createIdempotencyKeys } from './idempotency-keys.ts'
import { createOutboxDelivery } from './outbox.ts'
import { createRecords, type RecordsTable } from './records.ts'
import type { Deadlines } from './trouble.ts'
import { createVersions, type VersionsTable } from './versions.ts'

export interface Tables {
  readonly homes: HomesTable
  readonly journal: JournalTable
  readonly records: RecordsTable
  readonly versions: VersionsTable
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
}

/** @param committed is called when a home was committed here. */
export function createTables(
  { collections, clock, random, deadlines, background, retention, appended }: Rooms,
  committed: (owner: Owner, next: Instant | undefined) => void,
): Tables {
  const journal = createJournal(collections.journal, clock, deadlines, appended)
  const records = createRecords(collections)
  const versions = createVersions(collections, clock, retention)
  const deliverOutbox = createOutboxDelivery({ journal, records, versions })
  // A name is another's if another home says so, and a home takes names: each needs the other.
  const readHome: HomesTable['read'] = (owner) => homes.read(owner)
  const inFlight: HomesTable['inFlight'] = (commit) => homes.inFlight(commit)
  const names = createIdempotencyKeys({
    collections,
    readHome,
    commitAgain: (home) => homes.commit({ home }),
    inFlight,
    deadlines,
  })
  const stagedWrites = createStagedWrites({
    collections,
    clock,
    takeNames: names.take,
    wasCommitted: names.wasCommitted,
  })
  const keepsVersions = retention.versionsAtMost > 0
  const homes = createHomes({
    collections,
    clock,
    random,
    deadlines,
    background,
    deliverOutbox,
    stagedWrites,
    keepsVersions,
    committed,
  })
  return { homes, journal, records, versions, stagedWrites }
}
