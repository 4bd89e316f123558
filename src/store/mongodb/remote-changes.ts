/** What other servers did on the same database, and what following them works with. */
import type { Clock, Instant, Randomness } from '../../clock.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Collections } from './collections.ts'

/** What another server did; an owner is missing where it is not known who was changed. */
export interface RemoteChanges {
  readonly commits: readonly { readonly owner: string | undefined; readonly next: Instant | undefined }[]
  readonly appended: boolean
  readonly accounts: boolean
}

export interface FollowRooms {
  readonly collections: Pick<Collections, 'hints' | 'pulses'>
  readonly clock: Clock
  readonly random: Randomness
  readonly background: BackgroundTasks
  /** The same on all servers of one database. */
  readonly how: 'tail' | 'ask'
  readonly askEveryMs: number
  readonly onRemote: (what: RemoteChanges) => void
}

export const NOTHING = { commits: [], appended: false, accounts: false }
export const ANYTHING: RemoteChanges = {
  commits: [{ owner: undefined, next: undefined }],
  appended: true,
  accounts: true,
}

export type Stop = () => Promise<void>
