/**
 * Offers whose commit took long. A device has as much time for each as for any other, counted from when it goes out. So
 * where that is late the home says so before it does, and every server goes by that: one that only looks for what is
 * due would else let it expire, or go to another device, while its own still has time.
 */
import type { Instant } from '../../clock.ts'
import type { Home } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { presentIn, queueOf, withQueue, type DeliveryAttempt, type Entry } from '../state/queue.ts'
import type { ParticipatingRooms } from './contract.ts'

/** Two commits more, for what goes out so little late, would cost more than the time is worth. */
const LATE_MS = 1000
/** Somebody else was quicker each time. */
const ROUNDS_AT_MOST = 5

/**
 * What was offered in the decision of this instant goes out now. Called before that, and while nobody else in this
 * process decides on the home; the look that follows its commit says when the home is due. Where it cannot be
 * committed, the time runs from the decision.
 */
export async function renewLate(
  { homes, clock, log }: Pick<ParticipatingRooms, 'homes' | 'clock' | 'log'>,
  owner: Owner,
  decided: Instant,
): Promise<void> {
  if (clock.now() - decided <= LATE_MS) return
  try {
    for (let round = 0; round < ROUNDS_AT_MOST; round++) {
      const home = await homes.read(owner)
      const renewed = goingOut(home, decided, presentIn(home, clock.now()))
      if (renewed === home || (await homes.commit({ home: renewed })).kind === 'committed') return
    }
  } catch (error) {
    log.warn({ owner, err: error }, 'What goes out late has less time than it should: that it is late was not kept.')
  }
}

/** The same home where nothing of it goes out any more. */
function goingOut(home: Home, decided: Instant, now: Instant): Home {
  const goesOut = ({ expires, offers }: Entry): boolean => expires > now && offers.some(({ at }) => at === decided)
  const late = (offer: DeliveryAttempt): DeliveryAttempt => (offer.at === decided ? { ...offer, at: now } : offer)
  const renewed = (entries: readonly Entry[]): readonly Entry[] =>
    entries.some(goesOut)
      ? entries.map((entry) => (goesOut(entry) ? { ...entry, offers: entry.offers.map(late) } : entry))
      : entries
  const { waiting, copies, ...others } = queueOf(home)
  return withQueue(home, { ...others, waiting: renewed(waiting), copies: renewed(copies) })
}
