/** What following other servers on the same database works with. */
import type { Clock, Randomness } from '../../clock.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Collections } from './collections.ts'
import type { RemoteChanges } from '../remote-changes.ts'

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

export type Stop = () => Promise<void>
