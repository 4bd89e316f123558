/**
 * What waits for a user is read where somebody asks for it. An arrival asks for the totals alone, so however many wait,
 * and of however many users, it reads none of them; what is known of a home's list is kept beside its other parts.
 */
import type { Commit, Home, Homes } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import type { Evaluation } from '../decision/evaluation.ts'
import { isSummaryDue } from '../decision/out-of-band.ts'
import { queueOf, WAITING_PART, withWaiting } from '../state/queue.ts'
import { keptTotals, totalsFrom, totalsOf, totalsWith, unread, type Totals } from '../state/totals.ts'
import { decidedBefore } from './draft.ts'

/** Of the list beside these parts. They are of one revision: a commit has others. */
const known = new WeakMap<Home['parts'], Totals>()

/** The home with an empty list in the place of what waits, of which the totals are known; or with all of it. */
export async function readTotals(homes: Homes, owner: Owner): Promise<Home> {
  const home = await (homes.readWithout?.(owner, WAITING_PART) ?? homes.read(owner))
  if (home.without === undefined) return home
  let totals = known.get(home.parts) ?? totalsFrom(home.totals)
  if (totals === undefined) {
    const whole = await homes.read(owner)
    if (whole.revision !== home.revision) return whole
    totals = totalsOf(queueOf(whole).waiting)
  }
  known.set(home.parts, totals)
  return withWaiting(home, unread(totals))
}

/** All of the home, where what was read of it is not enough to decide on what arrives there. */
export async function readEnough(
  homes: Homes,
  read: Home,
  evaluate: (home: Home) => Promise<Evaluation>,
): Promise<{ readonly home: Home; readonly evaluation: Evaluation }> {
  const evaluation = await evaluate(read)
  if (read.without === undefined || isEnoughForArrival(read, evaluation)) return { home: read, evaluation }
  const home = await homes.read(read.owner)
  return { home, evaluation: await evaluate(home) }
}

/** What waits was decided on, and nothing goes out of it now. */
function isEnoughForArrival(home: Home, evaluation: Evaluation): boolean {
  const queue = queueOf(home)
  if (queue.outgoing.length > 0 || isSummaryDue(queue, evaluation)) return false
  return decidedBefore(home, { isArrival: true }, evaluation) !== undefined
}

/**
 * The commit with the totals of what waits then. Of a home whose list was not read, what was put into its place goes
 * behind it.
 */
export function withTotals(before: Home, commit: Commit): Commit {
  const { home } = commit
  const { waiting } = queueOf(home)
  const saying = (of: () => Totals) => ({ part: WAITING_PART, value: () => keptTotals(of()) })
  if (home.without === undefined) return { totals: saying(() => totalsOf(waiting)), ...commit }
  const parts = new Map(home.parts)
  parts.delete(home.without)
  const totals = totalsWith(totalsOf(queueOf(before).waiting), waiting)
  known.set(parts, totals)
  return { behind: waiting, totals: saying(() => totals), ...commit, home: { ...home, parts } }
}
