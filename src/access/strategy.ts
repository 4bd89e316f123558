/** One way of saying who asks, as passport takes it. A further way is a further `Judge` in the list of `authenticate.ts`. */
import type { IncomingMessage } from 'node:http'
import passport from 'passport'
import type { Principal } from './account.ts'

export type Verdict =
  /** `answerHeaders` go out with the answer, whatever it is; names in lower case. */
  | { readonly kind: 'known'; readonly principal: Principal; readonly answerHeaders: Readonly<Record<string, string>> }
  /** `challenges` are values of `WWW-Authenticate`. `detail` is `undefined` where the request says nothing in this way. */
  | { readonly kind: 'not-known'; readonly challenges: readonly string[]; readonly detail: string | undefined }

/** Rejects with `Refused` where a challenge is not the answer. */
export type Judge = (req: IncomingMessage) => Promise<Verdict>

/** Passport makes an object of its own for each request with this one as its prototype, so there are no `#private` fields here. */
export class Strategy extends passport.Strategy {
  override readonly name: string
  private readonly judge: Judge

  constructor(name: string, judge: Judge) {
    super()
    this.name = name
    this.judge = judge
  }

  override authenticate(req: IncomingMessage): void {
    this.judge(req).then(
      (verdict) =>
        verdict.kind === 'known' ? this.success(verdict.principal, verdict.answerHeaders) : this.fail(verdict),
      (error: unknown) => this.error(error),
    )
  }
}
