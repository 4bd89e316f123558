/** What decides about one home at one instant, worked out once for each transaction. */
import type { Instant } from '../../clock.ts'
import type { ParticipatingSettings } from '../settings.ts'
import type { Entry, Facts } from '../state/queue.ts'
import { situationOf, type Situation, type UserSnapshot } from './applicability.ts'
import type { Findings } from './findings.ts'

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
  /** It was looked at and stays as it is until then; `undefined`: that is not known. */
  unchangedUntil(entry: Entry): Instant | undefined
  /** @param until later than now; from then on time alone may decide something else. */
  keepUntil(entry: Entry, until: Instant): void
}

/** @param findings of the same preferences, registrations and inboxes, at an instant for which they hold. */
export function evaluationOf(given: Given, { situations, unchanged }: Findings): Evaluation {
  const { now } = given.snapshot
  return {
    situation(facts) {
      const known = situations.get(facts)
      if (known !== undefined) return known
      const situation = situationOf(given.snapshot, facts)
      situations.set(facts, situation)
      return situation
    },
    unchangedUntil(entry) {
      const until = unchanged.get(entry)
      return until !== undefined && until > now ? until : undefined
    },
    keepUntil: (entry, until) => void unchanged.set(entry, until),
    ...given,
  }
}
