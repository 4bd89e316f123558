/**
 * Who asks with an access token (RFC 6750) that an issuer has signed: a JWT, by RFC 9068 where that is not switched
 * off.
 */
import type { IncomingMessage } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import type { Clock, Instant } from '../clock.ts'
import { Refused } from '../refusal.ts'
import { userNamed } from '../xui.ts'
import type { Account, Accounts } from './account.ts'
import { quoted } from './digest-header.ts'
import type { Realms } from './realms.ts'
import type { Scheme, SchemeOutcome } from './strategy.ts'

export interface BearerSettings {
  /** A file, or an `http:` or `https:` URL. */
  readonly jwks: string
  readonly issuer: string
  readonly audience: string
  /** The claim that names the XUI, or the user in the realm. */
  readonly xuiClaim: string
  /** The claim that must name the role of the account; `undefined`: the account alone says it. */
  readonly roleClaim: string | undefined
  /** RFC 9068 §2: `typ` is `at+jwt`, and `client_id` is there. */
  readonly strict: boolean
}

/** RFC 8725 §3.1: what is taken is our choice and not the token's. Nothing here works with a shared secret. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512', 'EdDSA', 'Ed25519']

/** Seconds by which the issuer's clock may differ. */
const CLOCK_TOLERANCE = 5

/** A key that is not known makes the keys be read again, but not more often than this. */
const READ_AGAIN_MS = 30_000

/** Read with the first token: without `XDMS_JWKS` none is taken. */
const jose = (): Promise<typeof import('jose')> => import('jose')

interface BearerParts {
  readonly accounts: Pick<Accounts, 'find'>
  readonly clock: Clock
  readonly realms: Realms
}

export function createBearer({ accounts, clock, realms }: BearerParts, settings: BearerSettings): Scheme {
  const realm = realms.first
  const key = keysOf(settings.jwks, clock)
  const refuse = (detail: string | undefined, error = ''): SchemeOutcome => ({
    kind: 'unauthenticated',
    challenges: [`Bearer realm=${quoted(realm)}${error}`],
    detail,
  })
  const refuseToken = (detail: string): SchemeOutcome => refuse(detail, ', error="invalid_token"')

  async function accountOf(claims: JWTPayload): Promise<Account | undefined> {
    const name = claims[settings.xuiClaim]
    const xui = typeof name === 'string' ? userNamed(name, realm) : undefined
    return xui === undefined ? undefined : accounts.find(xui)
  }

  return async (req) => {
    const token = tokenOf(req)
    if (token === undefined) return refuse(undefined)
    const claims = await verified(token, key, clock, settings)
    if (claims === undefined) return refuseToken('The token is not one that is taken here.')
    const account = await accountOf(claims)
    if (account === undefined) return refuseToken('The token names nobody who has an account here.')
    // The account says the role, because streams are ended when it changes. A token can be for one role, and then
    // for no other.
    if (settings.roleClaim !== undefined && ![claims[settings.roleClaim]].flat().includes(account.role))
      return refuseToken('The token is not for the role of this account.')
    const principal = { xui: account.xui, role: account.role }
    return { kind: 'authenticated', principal, answerHeaders: {}, until: endOf(claims) }
  }
}

/** jose has seen to it that there is an end. */
function endOf({ exp = 0 }: JWTPayload): Instant {
  return (exp + CLOCK_TOLERANCE) * 1_000
}

function tokenOf(req: IncomingMessage): string | undefined {
  return /^bearer +([\w.~+/-]+=*) *$/i.exec(req.headers.authorization ?? '')?.[1]
}

/** @throws Refused `unavailable` where the keys cannot be had. */
async function verified(
  token: string,
  key: JWTVerifyGetKey,
  clock: Clock,
  { issuer, audience, strict }: BearerSettings,
): Promise<JWTPayload | undefined> {
  const { errors, jwtVerify } = await jose()
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE,
      currentDate: new Date(clock.now()),
      requiredClaims: strict ? ['exp', 'sub', 'client_id'] : ['exp'],
      ...(strict ? { typ: 'at+jwt' } : {}),
    })
    return payload
  } catch (error) {
    const isOfKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
    const isOfToken = error instanceof errors.JOSEError && !isOfKeys
    // jose says every trouble with the keys' server in its general error.
    if (isOfToken && error.code !== 'ERR_JOSE_GENERIC') return undefined
    throw new Refused({ kind: 'unavailable', detail: 'The keys of the issuer of tokens cannot be had.', retryAfter: 5 })
  }
}

function keysOf(jwks: string, clock: Clock): JWTVerifyGetKey {
  if (!/^https?:/.test(jwks)) return keysOfFile(jwks, clock)
  let remote: Promise<JWTVerifyGetKey> | undefined
  const make = async (): Promise<JWTVerifyGetKey> =>
    (await jose()).createRemoteJWKSet(new URL(jwks), { cooldownDuration: READ_AGAIN_MS, timeoutDuration: 3_000 })
  return async (header, token) => (await (remote ??= make()))(header, token)
}

function keysOfFile(file: string, clock: Clock): JWTVerifyGetKey {
  let read: JWTVerifyGetKey | undefined
  let readAt = Number.NEGATIVE_INFINITY
  const readNow = async (): Promise<JWTVerifyGetKey> => {
    readAt = clock.now()
    read = (await jose()).createLocalJWKSet(JSON.parse(await readFile(file, 'utf8')))
    return read
  }
  return async (header, token) => {
    const keys = read ?? (await readNow())
    try {
      return await keys(header, token)
    } catch (error) {
      const { errors } = await jose()
      const mayBeNew = error instanceof errors.JWKSNoMatchingKey && clock.now() - readAt >= READ_AGAIN_MS
      if (!mayBeNew) throw error
      return (await readNow())(header, token)
    }
  }
}
