/** Removes what nobody needs any more, and finishes what somebody left. */
import type { Clock } from '../../clock.ts'
import type { Homes } from '../../home/home.ts'
import { releaseVoid, type ReservedName } from '../../home/reservations.ts'
import type { Retention, Swept } from '../store.ts'
import type { Collections } from './collections.ts'
import type { ReservationsTable } from './reservations.ts'
import type { Tables } from './tables.ts'
import type { TrailTable } from './trail.ts'
import { translatingErrors } from './errors.ts'

interface Rooms {
  readonly collections: Pick<Collections, 'pulses'>
  readonly clock: Clock
  readonly retention: Retention
  readonly tables: Tables
  readonly homes: Homes
  readonly reservations: ReservationsTable
  readonly trail: TrailTable
  /** Carries what is on its way, and what was left there. */
  readonly deliverPending: () => Promise<void>
}

/** Who began a commit that long ago is not making it any more; if he still wanted to, his home keeps him from it. */
const ATTEMPT_MS = 600_000
/** A server that was silent for a day is not there any more. */
const PULSE_MS = 86_400_000
/** A sweep looks at so many reservations and reads the home behind each; the next one goes on from there. */
const RESERVATIONS_AT_ONCE = 1_000

/**
 * All ages are by the clock of whoever sweeps, and what he measures was written by others'. The shortest is ten
 * minutes: what minutes between two machines change is only how long something stays.
 */
export function createSweep({
  collections,
  clock,
  retention,
  tables,
  homes,
  reservations,
  trail,
  deliverPending,
}: Rooms): () => Promise<Swept> {
  let sweptTo: ReservedName | undefined

  async function sweep(): Promise<Swept> {
    const now = clock.now()
    await deliverPending()
    const { released, next } = await releaseVoid(homes, reservations.reservations, sweptTo, RESERVATIONS_AT_ONCE)
    sweptTo = next
    await reservations.sweep()
    await collections.pulses.deleteMany({ at: { $lte: now - PULSE_MS } })
    const attempted = await tables.stagedWrites.sweep(now - ATTEMPT_MS)
    return {
      reservations: released,
      versions: await tables.versions.sweep(now - retention.version),
      texts: attempted + (await tables.droppedTexts.sweep(now - retention.droppedText)),
      messages: await tables.records.sweep(now),
      journal: await tables.journal.sweep(now - retention.journal),
      trail: await trail.sweep(now - retention.trail, retention.trailAtMost),
    }
  }

  return translatingErrors(sweep)
}
