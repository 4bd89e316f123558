/** What every store does: one suite, run on each of them, in chapters. */
import { describe } from 'vitest'
import type { Retention, Store } from '../../src/store/store.ts'
import { accountsContract } from './contract-accounts.ts'
import { homesContract } from './contract-homes.ts'
import { journalContract } from './contract-journal.ts'
import { leasesContract } from './contract-leases.ts'
import { messagesContract } from './contract-messages.ts'
import { reservationsContract } from './contract-reservations.ts'
import { trailContract } from './contract-trail.ts'
import { transferContract } from './contract-transfer.ts'
import { versionsContract } from './contract-versions.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'

export interface Opened {
  readonly store: Store
  readonly clock: HandClock
  /** Closes the store (or lets its process die) and opens what it kept. */
  reopen(): Promise<Store>
}

/** Opens a new, empty store. Closing and removing it after the test is the affair of whoever hands this in. */
export type OpenNew = (clock: HandClock, retention: Retention) => Promise<Opened>

const KEEPING: Retention = {
  journal: 7 * 86_400_000,
  droppedText: 600_000,
  version: 90 * 86_400_000,
  versionsAtMost: 3,
  versionBytesAtMost: 32 * 1024 * 1024,
  endedBytesAtMost: 16 * 1024 * 1024,
  droppedBytesAtMost: 16 * 1024 * 1024,
  journalBytesAtMost: 8 * 1024 * 1024,
  trail: 400 * 86_400_000,
  trailAtMost: 3,
}

export function storeContract(name: string, openNew: OpenNew): void {
  const open = (retention: Partial<Retention> = {}): Promise<Opened> =>
    openNew(createHandClock(), { ...KEEPING, ...retention })
  describe(name, () => {
    homesContract(open)
    versionsContract(open)
    reservationsContract(open)
    leasesContract(open)
    messagesContract(open)
    journalContract(open)
    accountsContract(open)
    trailContract(open)
    transferContract(open)
  })
}
