/** What decides about one home at one instant, worked out once for each transaction. */
import type { Instant } from '../../clock.ts'
import type { ParticipatingSettings } from '../settings.ts'
import type { Facts } from '../state/queue.ts'
import { situationOf, type Situation, type UserSnapshot } from './applicability.ts'

/** What an evaluation is made of. */
interface Given {
  readonly snapshot: UserSnapshot
  /**
   * The inboxes that are open here and are the ones of their devices, each under a name that no other inbox ever has.
   */
  readonly open: ReadonlyMap<string, string>
  /** When what has expired may be treated so: later than now after a clock that jumped. */
  readonly expiryFrom: Instant
  readonly settings: ParticipatingSettings
  /** Another one after every written change of the profiles and of which are active. */
  readonly written: string
}

export interface Evaluation extends Given {
  /** Of a message with these facts; asked again for the same, it is not worked out again. */
  situation(facts: Facts): Situation
}

export function evaluationOf(given: Given): Evaluation {
  // Facts are immutable, and one message has the same ones in every state of its entry.
  const known = new WeakMap<Facts, Situation>()
  return {
    ...given,
    situation(facts) {
      const situation = known.get(facts) ?? situationOf(given.snapshot, facts)
      known.set(facts, situation)
      return situation
    },
  }
}
