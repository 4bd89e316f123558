/** Outboxes that a server left behind when it died are carried by any that lives. */
import type { Clock } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import { Refused } from '../../refusal.ts'
import type { Collections } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { HomesTable } from './homes.ts'
import { isOutage } from './trouble.ts'

export interface PendingOutboxes {
  /** Carries all of them, also those that a living server is just carrying. */
  deliverAll(): Promise<void>
  stop(): void
}

const BATCH = 200
/** Within so many milliseconds a living server has carried its own. */
const LOOK_EVERY_MS = 1_500

export function watchPendingOutboxes(
  { homes }: Pick<Collections, 'homes'>,
  table: HomesTable,
  clock: Clock,
  background: BackgroundTasks,
): PendingOutboxes {
  let seen: ReadonlySet<string> = new Set()
  let isOver = false
  const arm = (): (() => void) => clock.at(clock.now() + LOOK_EVERY_MS, () => background.run(deliverAbandoned()))
  let disarm = arm()

  const pendingNow = () =>
    homes
      .find({ pending: true })
      .limit(BATCH)
      .project<{ _id: string; key: string; commit: string }>({ key: 1, commit: 1 })
      .toArray()

  async function deliverOutbox(found: readonly { readonly key: string }[]): Promise<void> {
    for (const key of new Set(found.map((one) => one.key))) {
      // One that cannot be helped now holds up nobody; it is found again.
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
      await deliverOutbox(found.filter(({ commit }) => seen.has(commit)))
      seen = new Set(found.map(({ commit }) => commit))
    } finally {
      if (!isOver) disarm = arm()
    }
  }

  return {
    async deliverAll() {
      await deliverOutbox(await pendingNow())
    },
    stop() {
      isOver = true
      disarm()
    },
  }
}
