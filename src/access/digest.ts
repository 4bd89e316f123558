/**
 * HTTP Digest, RFC 7616: SHA-256 and MD5, `qop=auth`.
 *
 * Who does not know the password learns nothing: an unknown user and a wrong password cost the same hashes and get the
 * same bytes.
 */
import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock, Instant, Randomness } from '../clock.ts'
import { Refused } from '../refusal.ts'
import type { Accounts, Principal } from './account.ts'
import { quoted, readDigestHeader } from './digest-header.ts'
import type { DigestHeader } from './digest-header.ts'
import type { AddressOf } from './client-address.ts'
import { oneNameOf } from './credentials.ts'
import { FollowUps } from './follow-ups.ts'
import type { Logins } from './login-news.ts'
import { createNonces, type Nonces } from './nonces.ts'
import { realmAsked, type Realms } from './realms.ts'
import type { SchemeOutcome, Scheme } from './strategy.ts'
import { verifyOnce, type Throttle } from './throttle.ts'

interface DigestParts {
  readonly accounts: Pick<Accounts, 'byUserName'>
  readonly clock: Clock
  readonly random: Randomness
  readonly throttle: Throttle
  readonly addressOf: AddressOf
  readonly realms: Realms
  readonly digest: DigestOrder
  /** Milliseconds for which a nonce is good. */
  readonly nonceLifetime: number
  /**
   * 32 secret bytes that all servers on one store share; `undefined`: the nonces of this process are good at no other.
   */
  readonly nonceKey: Uint8Array | undefined
  /** @see NonceOptions */
  readonly noncesSince: Instant | undefined
  readonly logins: Logins
}

const SHA_256 = { name: 'SHA-256', token: 'sha-256', digest: 'sha256' } as const
const MD5 = { name: 'MD5', token: 'md5', digest: 'md5' } as const
type Algorithm = typeof SHA_256 | typeof MD5

/**
 * RFC 7616 §3.7: the one that the server prefers comes first. Clients of old take the first one, whether they know it
 * or not.
 */
const ALGORITHMS = { 'sha-256,md5': [SHA_256, MD5], 'md5,sha-256': [MD5, SHA_256], 'sha-256': [SHA_256] } as const
export type DigestOrder = keyof typeof ALGORITHMS
export const DIGEST_ORDERS = Object.keys(ALGORITHMS) as DigestOrder[]

/** What the response is computed from, beside H(A1). All of it is here, else nothing can be checked. */
interface Claim {
  readonly userName: string
  readonly realm: string
  readonly algorithm: Algorithm
  readonly header: DigestHeader
  readonly nc: string
  readonly cnonce: string
  readonly method: string
}

/** Whether a response is right. */
function createVerifier({ accounts, realms, random, throttle, logins }: DigestParts, followUps: FollowUps) {
  /** Stands in for the credential of an unknown user, so that a request in that name costs what any other does. */
  const nobody = { md5: Buffer.from(random(16)).toString('hex'), sha256: Buffer.from(random(32)).toString('hex') }

  /** @returns whose account it is and H(A1), where the response is right. */
  async function verify(claim: Claim): Promise<{ account: Principal; a1: string } | undefined> {
    const found = await accounts.byUserName(realms.loginName(claim.userName, claim.realm))
    const a1 = (found?.credential ?? nobody)[claim.algorithm.digest]
    const right = equalTexts(claim.header.response, response(claim, a1, claim.method))
    return right && found !== undefined ? { account: found.account, a1 } : undefined
  }

  /** The same, where the response counts as an attempt. */
  async function verifyAttempt(claim: Claim, user: string, address: string): ReturnType<typeof verify> {
    // The next try in one exchange is no further failure, so that a client which asks again and again with one
    // password is not shut out by it.
    if (followUps.take(claim.header.nonce, user)) {
      logins.tell({ kind: 'follow-up-taken', nonce: claim.header.nonce, user })
      return verify(claim)
    }
    return verifyOnce(throttle, user, address, () => verify(claim))
  }

  return { verify, verifyAttempt }
}

export function createDigest(parts: DigestParts): Scheme {
  const { clock, random, addressOf, realms, digest, nonceLifetime, nonceKey, noncesSince, logins } = parts
  const algorithms: readonly Algorithm[] = ALGORITHMS[digest]
  const nonces = createNonces(clock, random, nonceLifetime, { shared: nonceKey, goodSince: noncesSince })
  const followUps = new FollowUps()
  const { verify, verifyAttempt } = createVerifier(parts, followUps)
  hearOfOthers(logins, nonces, followUps)
  // RFC 7616 §3.3: the client gives it back. It says nothing, and stays the same over restarts.
  const opaque = hash('sha256', realms.first, 'hex').slice(0, 32)

  function challenge(
    realm: string,
    detail: string | undefined,
    {
      nonce = nonces.issue(),
      stale = false,
      otherRealm = false,
    }: { readonly nonce?: string; readonly stale?: boolean; readonly otherRealm?: boolean } = {},
  ): SchemeOutcome {
    // A client takes a second challenge for a wrong password unless it is told to go on (RFC 7616 §3.3).
    const goOn = stale || otherRealm ? ', stale=true' : ''
    const rest = `nonce="${nonce}", opaque="${opaque}", charset=UTF-8${goOn}`
    const challenges = algorithms.map(
      ({ name }) => `Digest realm=${quoted(realm)}, qop="auth", algorithm=${name}, ${rest}`,
    )
    return { kind: 'unauthenticated', challenges, detail, proven: stale }
  }

  async function check(claim: Claim, req: IncomingMessage): Promise<SchemeOutcome> {
    const user = oneNameOf(claim.userName, claim.realm)
    // Whoever answers a nonce that this user was given for his password is this user, or has heard him: no failure
    // of others is his.
    const isKnown = nonces.isProof(claim.header.nonce, user)
    const known = await (isKnown ? verify(claim) : verifyAttempt(claim, user, addressOf(req)))
    if (known === undefined) {
      const nonce = nonces.issue()
      followUps.give(nonce, user, claim.header.nonce)
      logins.tell({ kind: 'follow-up-given', nonce, user, failed: claim.header.nonce })
      return challenge(claim.realm, 'The user name or the password is wrong.', { nonce })
    }
    const count = Number.parseInt(claim.nc, 16)
    const use = nonces.use(claim.header.nonce, count, user)
    if (use.kind === 'accepted') logins.tell({ kind: 'nonce-used', nonce: claim.header.nonce, count, user })
    switch (use.kind) {
      // RFC 7616 §3.3: stale=TRUE tells the client to go on with a new nonce without asking for the password again.
      case 'stale':
        return challenge(claim.realm, 'The nonce is no longer good.', { nonce: nonces.issueProof(user), stale: true })
      // RFC 7616 §5.4: "the server ... can detect request replays". Who replays what he heard gets no proof for it.
      case 'replayed':
        return challenge(claim.realm, 'This nonce count was used before.', { stale: true })
      case 'accepted':
        return authenticated(known.account, claim, known.a1, use.next)
    }
  }

  return async (req) => {
    const authorization = req.headers.authorization
    const header = authorization === undefined ? undefined : readDigestHeader(authorization)
    if (header === undefined) return challenge(realmAsked(realms, req), undefined)
    const claim = readClaim(header, realms, algorithms, req)
    if (typeof claim === 'string') return challenge(realmAsked(realms, req), claim)
    // Who names his domain is of its realm, whatever the request is about: the client is told which password is wanted.
    const own = realms.ofUserName(claim.userName, claim.realm)
    if (own !== claim.realm) return challenge(own, 'This user is of another realm.', { otherRealm: true })
    return check(claim, req)
  }
}

/** What another worker saw counts as if it had been seen here. */
function hearOfOthers(logins: Logins, nonces: Nonces, followUps: FollowUps): void {
  logins.hear((news) => {
    if (news.kind === 'nonce-used') nonces.use(news.nonce, news.count, news.user)
    else if (news.kind === 'follow-up-given') followUps.give(news.nonce, news.user, news.failed)
    else if (news.kind === 'follow-up-taken') followUps.take(news.nonce, news.user)
  })
}

/**
 * Everything that can be said without looking at the user.
 * @returns why this cannot be checked, as a text for people, where a new challenge is the answer.
 * @throws Refused `bad-request` for a nonce count or a cnonce that RFC 7616 §3.4 does not allow.
 */
function readClaim(
  header: DigestHeader,
  realms: Realms,
  algorithms: readonly Algorithm[],
  req: IncomingMessage,
): Claim | string {
  const algorithm = algorithms.find(({ token }) => token === header.algorithm)
  if (algorithm === undefined) return 'This algorithm is not among the challenges.'
  if (header.username === undefined || header.userhash) return 'The user name must be sent as it is, in username.'
  if (!realms.all.includes(header.realm)) return 'This is another realm.'
  if (header.qop !== 'auth') return 'The quality of protection must be auth.'
  // RFC 7616 §3.4: "MUST be specified if a qop directive is sent".
  if (header.cnonce === undefined || header.cnonce === '')
    throw new Refused({ kind: 'bad-request', detail: 'Digest needs a cnonce.' })
  if (header.nc === undefined || !/^[0-9a-f]{8}$/i.test(header.nc) || header.nc === '00000000') {
    throw new Refused({ kind: 'bad-request', detail: 'The nonce count is eight hexadecimal digits, counted from 1.' })
  }
  if (!isTargetOf(header.uri, req)) return 'The uri is not the target of the request.'
  return {
    userName: header.username,
    realm: header.realm,
    algorithm,
    header,
    nc: header.nc,
    cnonce: header.cnonce,
    method: req.method ?? '',
  }
}

/**
 * RFC 7616 §3.4.6: the resource of the uri directive must be that of the request, or a proxy changed it, or somebody
 * copied the header.
 */
function isTargetOf(uri: string, req: IncomingMessage): boolean {
  const target = req.url ?? ''
  return uri === target || inOriginForm(uri, req) === inOriginForm(target, req)
}

/** RFC 9112 §3.2.2: a target in absolute form, for the host that the request is for, names the same as its path. */
function inOriginForm(target: string, req: IncomingMessage): string {
  const scheme = /^https?:\/\//i.exec(target)?.[0]
  if (scheme === undefined) return target
  const host = req.headers.host ?? ''
  const rest = target.slice(scheme.length)
  if (rest.slice(0, host.length).toLowerCase() !== host.toLowerCase()) return target
  const path = rest.slice(host.length)
  return path === '' ? '/' : path
}

/** RFC 7616 §3.4.1, §3.4.3; for `rspauth` (§3.5) the method is empty. */
function response({ algorithm, header, nc, cnonce }: Claim, a1: string, method: string): string {
  // Node hands out the bytes of a header as Latin-1, and what the client hashed are the bytes.
  const digest = (text: string): string => hash(algorithm.digest, Buffer.from(text, 'latin1'), 'hex')
  return digest(`${a1}:${header.nonce}:${nc}:${cnonce}:auth:${digest(`${method}:${header.uri}`)}`)
}

function equalTexts(sent: string, expected: string): boolean {
  return (
    sent.length === expected.length && timingSafeEqual(Buffer.from(sent, 'latin1'), Buffer.from(expected, 'latin1'))
  )
}

/** RFC 7616 §3.5: proves to the client that we know its password too. */
function authenticated({ xui, role }: Principal, claim: Claim, a1: string, next: string | undefined): SchemeOutcome {
  const proof = `qop=auth, rspauth="${response(claim, a1, '')}", cnonce=${quoted(claim.cnonce)}, nc=${claim.nc}`
  const info = next === undefined ? proof : `${proof}, nextnonce="${next}"`
  return { kind: 'authenticated', principal: { xui, role }, answerHeaders: { 'authentication-info': info } }
}
