/**
 * One way of saying who asks, as passport takes it. A further way is a further `Scheme` in the list of
 * `authenticate.ts`.
 */
import type { IncomingMessage } from 'node:http'
import passport from 'passport'
import type { Instant } from '../clock.ts'
import type { Principal } from './account.ts'

export type SchemeOutcome =
  /** `answerHeaders` go out with the answer, whatever it is; names in lower case. */
  | {
      readonly kind: 'authenticated'
      readonly principal: Principal
      readonly answerHeaders: Readonly<Record<string, string>>
      /** Until when that holds, where it ends by itself: streams that are open then end. */
      readonly until?: Instant
    }
  /**
   * `challenges` are values of `WWW-Authenticate`. `detail` is `undefined` where the request says nothing in this way.
   */
  | {
      readonly kind: 'unauthenticated'
      readonly challenges: readonly string[]
      readonly detail: string | undefined
      /** What was sent was right, and is only to be sent again in the way that the challenge says. */
      readonly proven?: boolean
    }

/** Of a scheme without a challenge, or (the session) whose challenge `authenticate.ts` sends in place of the others. */
export const NOT_SAID: SchemeOutcome = { kind: 'unauthenticated', challenges: [], detail: undefined }

/** At once, where nothing is to be looked up. Rejects with `Refused` where a challenge is not the answer. */
export type Scheme = (req: IncomingMessage) => SchemeOutcome | Promise<SchemeOutcome>

/**
 * Passport makes an object of its own for each request with this one as its prototype, so there are no `#private`
 * fields here.
 */
export class Strategy extends passport.Strategy {
  override readonly name: string
  private readonly scheme: Scheme

  constructor(name: string, scheme: Scheme) {
    super()
    this.name = name
    this.scheme = scheme
  }

  override authenticate(req: IncomingMessage): void {
    const outcome = this.scheme(req)
    if (!(outcome instanceof Promise)) return this.conclude(outcome)
    outcome.then(
      (known) => this.conclude(known),
      (error: unknown) => this.error(error),
    )
  }

  private conclude(outcome: SchemeOutcome): void {
    if (outcome.kind === 'unauthenticated') return this.fail(outcome)
    const { principal, answerHeaders, until } = outcome
    this.success(principal, { answerHeaders, until, scheme: this.name })
  }
}
