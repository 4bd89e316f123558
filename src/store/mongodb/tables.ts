/** The tables that hang together: a home's commit, what comes with it, and what leaves it. */
import type { Clock, Instant, Randomness } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { Keeping } from '../store.ts'
import { createBelongings, type Belongings } from './belongings.ts'
import type { Collections } from './collections.ts'
import type { Errands } from './errands.ts'
import { createHomes, type HomesTable } from './homes.ts'
import { createJournal, type JournalTable } from './journal.ts'
import { createNames } from './names.ts'
import { createCarrying } from './outbox.ts'
import { createRecords, type RecordsTable } from './records.ts'
import type { Patience } from './trouble.ts'
import { createVersions, type VersionsTable } from './versions.ts'

export interface Tables {
  readonly homes: HomesTable
  readonly journal: JournalTable
  readonly records: RecordsTable
  readonly versions: VersionsTable
  readonly belongings: Belongings
}

interface Rooms {
  readonly collections: Collections
  readonly clock: Clock
  readonly random: Randomness
  readonly patience: Patience
  readonly errands: Errands
  readonly keeping: Keeping
  readonly appended: Listeners<[]>
}

/** @param committed is called when a home was committed here. */
export function createTables(
  { collections, clock, random, patience, errands, keeping, appended }: Rooms,
  committed: (owner: Owner, next: Instant | undefined) => void,
): Tables {
  const journal = createJournal(collections.journal, clock, patience, appended)
  const records = createRecords(collections)
  const versions = createVersions(collections, clock, keeping)
  const carry = createCarrying({ journal, records, versions })
  // A name is another's if another home says so, and a home takes names: each needs the other.
  const readHome: HomesTable['read'] = (owner) => homes.read(owner)
  const onItsWay: HomesTable['onItsWay'] = (commit) => homes.onItsWay(commit)
  const names = createNames({
    collections,
    readHome,
    commitAgain: (home) => homes.commit({ home }),
    onItsWay,
    patience,
  })
  const belongings = createBelongings({ collections, clock, takeNames: names.take, cameToBe: names.cameToBe })
  const keepsVersions = keeping.versionsAtMost > 0
  const homes = createHomes({
    collections,
    clock,
    random,
    patience,
    errands,
    carry,
    belongings,
    keepsVersions,
    committed,
  })
  return { homes, journal, records, versions, belongings }
}
