/**
 * What is known of all that waits for one user, without a walk along it: lists are replaced and never changed in place,
 * so it is kept beside the list that it was found of, and carried on where something is put behind.
 */
import type { Instant } from '../../clock.ts'
import type { Entry, Queue } from './queue.ts'

export interface Totals {
  /** Without reports. */
  readonly messages: number
  /** Of the bodies of these. */
  readonly bytes: number
  readonly lastTurn: number
  /** `Infinity`: nothing waits. */
  readonly firstExpiry: Instant
}

const NOTHING: Totals = { messages: 0, bytes: 0, lastTurn: 0, firstExpiry: Infinity }

const known = new WeakMap<readonly Entry[], Totals>()

export function totalsOf(waiting: readonly Entry[]): Totals {
  const totals = known.get(waiting) ?? waiting.reduce(plus, NOTHING)
  known.set(waiting, totals)
  return totals
}

/** The list with one more, behind all others. */
export function withEntry(waiting: readonly Entry[], entry: Entry): readonly Entry[] {
  const longer = [...waiting, entry]
  known.set(longer, plus(totalsOf(waiting), entry))
  return longer
}

function plus({ messages, bytes, lastTurn, firstExpiry }: Totals, entry: Entry): Totals {
  return {
    messages: messages + (entry.kind === 'message' ? 1 : 0),
    bytes: bytes + (entry.kind === 'message' ? entry.facts.size : 0),
    lastTurn: Math.max(lastTurn, entry.turn),
    firstExpiry: Math.min(firstExpiry, entry.expires),
  }
}

/** Behind everything that is here. */
export function nextSequence({ registrations, waiting, copies }: Queue): number {
  let last = totalsOf(waiting).lastTurn
  for (const list of [registrations, copies]) for (const { turn } of list) last = Math.max(last, turn)
  return last + 1
}
