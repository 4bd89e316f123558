/** Who asks? */
import type { IncomingMessage, ServerResponse } from 'node:http'
import passport from 'passport'
import type { Clock, Instant, Randomness } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { Homes } from '../home/home.ts'
import type { Channel } from '../workers/channel.ts'
import type { Accounts, Principal } from './account.ts'
import { createAsserted, mustBeIntended, type Trust } from './asserted.ts'
import { createBasic } from './basic.ts'
import { createBearer, type BearerSettings } from './bearer.ts'
import { createCertificate } from './certificate.ts'
import type { AddressOf } from './client-address.ts'
import { createDigest, type DigestOrder } from './digest.ts'
import { oneNameOf } from './credentials.ts'
import { createLogins, type LoginNews } from './login-news.ts'
import type { OriginOf } from './origin.ts'
import { createPasswordCheck } from './password.ts'
import { readLoginName, type Realms } from './realms.ts'
import {
  createSessions,
  createSessionScheme,
  sessionChallenge,
  type Sessions,
  type SessionSettings,
} from './session.ts'
import { isOfScript } from './session-cookie.ts'
import { Strategy } from './strategy.ts'
import type { SchemeOutcome } from './strategy.ts'
import { createThrottle } from './throttle.ts'
import type { ThrottleSettings } from './throttle.ts'

export interface AuthenticationSettings extends ThrottleSettings {
  /** Milliseconds for which a Digest nonce is good. */
  readonly nonceLifetime: number
  readonly digest: DigestOrder
  /** Whether client certificates say who asks. */
  readonly certificates: boolean
  /** `undefined`: no tokens are taken. */
  readonly bearer: BearerSettings | undefined
  /** Whether passwords are taken in plain, over TLS. */
  readonly basic: boolean
  readonly sessions: SessionSettings
}

interface AuthenticationParts {
  readonly accounts: Pick<Accounts, 'byUserName' | 'find'>
  readonly homes: Homes
  readonly addressOf: AddressOf
  readonly originOf: OriginOf
  readonly trust: Pick<Trust, 'has'>
  readonly clock: Clock
  readonly random: Randomness
  readonly realms: Realms
  readonly settings: AuthenticationSettings
  /** Names of accounts that were unlocked since it was last asked. */
  readonly unlocked: () => Promise<readonly string[]>
  /** 32 secret bytes that all servers on one store share, where there may be several. */
  readonly nonceKey?: Uint8Array
  /** Nonces issued by then are not taken, where another worker may have seen them used. */
  readonly noncesSince?: Instant
  /** Where there are other workers: what each sees of logins. */
  readonly news?: Channel<LoginNews> | undefined
  /** 32 secret bytes of the store, which vouch for what is given to browsers. */
  readonly sessionKey: Uint8Array
}

export interface Authenticated {
  readonly principal: Principal
  /** To be sent with the answer, whatever it is; names in lower case. */
  readonly answerHeaders: Readonly<Record<string, string>>
  /** In which way the request said so: `asserted`, `session`, `certificate`, `bearer`, `digest`, `basic`. */
  readonly scheme: string
  /** Until when a token holds; `undefined`: it is nothing that ends by itself. */
  readonly until: Instant | undefined
}

/**
 * Rejects with `Refused`: `unauthenticated` with the challenges, `bad-request`, `header-too-large`,
 * `too-many-failures`, `unavailable`.
 */
export type Authenticate = (req: IncomingMessage) => Promise<Authenticated>

export interface Authentication {
  /** The ways in which a request may say who asks, as `Authenticated` names them. */
  readonly schemes: readonly string[]
  readonly authenticate: Authenticate
  readonly sessions: Sessions
  /** Forgets the failed logins of who was unlocked. It does so by itself before it refuses anybody. */
  readonly heedUnlocks: () => Promise<void>
}

type Unauthenticated = Extract<SchemeOutcome, { kind: 'unauthenticated' }>

/**
 * What passport's handlers for express are, seen without express. They answer by the callback alone, so they never
 * touch the response.
 */
type Handler = (req: IncomingMessage, res: ServerResponse | undefined, next: (error?: unknown) => void) => void

export function createAuthentication({
  settings,
  nonceKey,
  noncesSince,
  news,
  sessionKey,
  ...parts
}: AuthenticationParts): Authentication {
  const unlockedNames = async (): Promise<readonly string[]> =>
    (await parts.unlocked())
      .map((name) => readLoginName(name, parts.realms))
      .map(({ userName, realm }) => oneNameOf(userName, realm))
  const logins = createLogins(news)
  const throttle = createThrottle(parts.clock, settings, unlockedNames, logins)
  const { certificates, bearer } = settings
  const check = createPasswordCheck({ ...parts, throttle })
  const sessions = createSessions({ ...parts, key: sessionKey, check, settings: settings.sessions })
  /** In the order in which they are asked and their challenges are sent; the first that knows who it is decides. */
  const strategies = [
    new Strategy('asserted', createAsserted(parts)),
    new Strategy('session', createSessionScheme(sessions, parts.originOf)),
    ...(certificates ? [new Strategy('certificate', createCertificate(parts.accounts))] : []),
    ...(bearer === undefined ? [] : [new Strategy('bearer', createBearer(parts, bearer))]),
    new Strategy('digest', createDigest({ ...parts, throttle, ...settings, nonceKey, noncesSince, logins })),
    ...(settings.basic ? [new Strategy('basic', createBasic({ ...parts, check }))] : []),
  ]
  const authenticator = new passport.Passport()
  for (const strategy of strategies) authenticator.use(strategy)
  // By name: a strategy that is handed over as an object is shared by all requests, and one request's outcome would
  // reach another.
  const names = strategies.map(({ name }) => name)

  const ask: Authenticate = (req) =>
    new Promise((resolve, reject) => {
      const decide = (error: Error | null | undefined, principal: Principal | false, info: unknown): void => {
        if (error) reject(error)
        else if (principal) resolve({ principal, ...(info as Omit<Authenticated, 'principal'>) })
        else reject(unauthenticated(req, info as Unauthenticated[]))
      }
      const handler: Handler = authenticator.authenticate(names, { session: false }, decide)
      handler(req, undefined, reject)
    })
  const unauthenticated = (req: IncomingMessage, outcomes: readonly Unauthenticated[]): Refused =>
    refused(outcomes, isOfScript(req) ? [sessionChallenge(parts.realms.ofHost(req.headers.host))] : undefined)
  const authenticate: Authenticate = async (req) => {
    const known = await ask(req)
    mustBeIntended(req, known.principal, parts.realms)
    return known
  }
  return { schemes: names, authenticate, sessions, heedUnlocks: throttle.heed }
}

/**
 * @param instead the challenges for a script, which has a login of its own: at any other a browser would show its box,
 * whose passwords nobody can take back from it.
 */
function refused(outcomes: readonly Unauthenticated[], instead: readonly string[] | undefined): Refused {
  const detail =
    outcomes.find((outcome) => outcome.detail !== undefined)?.detail ?? 'This needs a user name and a password.'
  const proven = outcomes.find((outcome) => outcome.proven === true)
  const challenges = outcomes.flatMap((outcome) => outcome.challenges)
  return new Refused({ kind: 'unauthenticated', detail, challenges: (proven === undefined && instead) || challenges })
}
