/**
 * Sessions of browsers, because a browser cannot log out of Digest: who has shown his password once holds a secret
 * until the session ends.
 *
 * They are a part of the user's home, so that they outlive a restart and hold at every server of one database. What is
 * kept of a secret is its hash.
 */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock, Instant, Randomness } from '../clock.ts'
import { partOf, withPart, type Home, type Homes, type Part } from '../home/home.ts'
import { update } from '../home/update.ts'
import type { Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { Accounts, Credential, Principal } from './account.ts'
import type { CheckPassword } from './password.ts'
import { quoted } from './digest-header.ts'
import type { OriginOf } from './origin.ts'
import { mustBeOfOurPages, readSessionCookie } from './session-cookie.ts'
import { createTokens, tokenText, type Token } from './session-token.ts'
import { createSessionWatch } from './session-watch.ts'
import { NOT_SAID, type Scheme, type SchemeOutcome } from './strategy.ts'

export interface SessionSettings {
  /** Milliseconds from the login to its end. */
  readonly lifetime: number
  /** Of one user; the oldest ends when one more begins. */
  readonly ofUser: number
}

export interface SessionParts {
  readonly accounts: Pick<Accounts, 'byUserName'>
  readonly homes: Homes
  readonly clock: Clock
  readonly random: Randomness
  /** 32 secret bytes that all servers on one store share. */
  readonly key: Uint8Array
  readonly check: CheckPassword
  readonly settings: SessionSettings
}

/** Who is logged in, and until when. */
export interface LoggedIn {
  readonly principal: Principal
  readonly expires: Instant
}

export interface Sessions {
  /**
   * @param bare the realm of a name without a domain.
   * @returns who it is, and what the browser is to send from now on; `undefined` where the name or the password is
   * wrong. Rejects with `Refused` `too-many-failures`.
   */
  begin(
    userName: string,
    password: string,
    address: string,
    bare: string,
  ): Promise<(LoggedIn & { token: string }) | undefined>
  /** Whose session the request belongs to; `undefined` where it has none, or one that has ended. */
  of(req: IncomingMessage): Promise<LoggedIn | undefined>
  /**
   * `lost` is called once, when the session of the request ends.
   * @returns how to stop watching.
   * @throws Refused `unauthenticated` where that has happened since it was asked who it is.
   */
  watch(req: IncomingMessage, lost: () => void): Promise<() => void>
  /** Ends the session of the request, where it has one. */
  end(req: IncomingMessage): Promise<void>
}

interface Session {
  /** Of the secret, in hex. */
  readonly hash: string
  readonly userName: string
  /** Of what was kept of the password: with another one the session has ended. */
  readonly mark: string
  readonly expires: Instant
}

const SESSIONS: Part<readonly Session[]> = { name: 'sessions', empty: [] }

export function createSessions({ accounts, homes, clock, random, key, check, settings }: SessionParts): Sessions {
  const tokens = createTokens(key, random)
  const tokenOf = (req: IncomingMessage): Token | undefined => tokens.read(readSessionCookie(req))
  const current = async (token: Token): Promise<LoggedIn | undefined> => {
    const session = find(await homes.read(token.xui), token)
    if (session === undefined || session.expires <= clock.now()) return undefined
    const known = await accounts.byUserName(session.userName)
    if (known?.account.xui !== token.xui || markOf(known.credential) !== session.mark) return undefined
    return { principal: { xui: token.xui, role: known.account.role }, expires: session.expires }
  }
  const watchSession = createSessionWatch(homes, clock)

  return {
    async begin(name, password, address, bare) {
      const known = await check(name, password, address, bare)
      if (known === undefined) return undefined
      const { xui, role } = known.account
      const { userName } = known.credential
      const token = tokens.make(xui)
      const expires = clock.now() + settings.lifetime
      const begun = { hash: hash('sha256', token.secret), userName, mark: markOf(known.credential), expires }
      await update(homes, xui, (home) => {
        const others = partOf(home, SESSIONS).filter((each) => each.expires > clock.now())
        return {
          answer: undefined,
          commit: { home: withPart(home, SESSIONS, [...others, begun].slice(-settings.ofUser)) },
        }
      })
      return { principal: { xui, role }, expires, token: tokenText(token) }
    },

    async of(req) {
      const token = tokenOf(req)
      return token && current(token)
    },

    async watch(req, lost) {
      const token = tokenOf(req)
      const loggedIn = token && (await current(token))
      if (token === undefined || loggedIn === undefined)
        throw new Refused({ kind: 'unauthenticated', detail: 'The session has ended.', challenges: [] })
      return watchSession(token.xui, loggedIn.expires, async () => (await current(token)) !== undefined, lost)
    },

    async end(req) {
      const token = tokenOf(req)
      if (token === undefined) return
      await update(homes, token.xui, (home) => {
        const ended = find(home, token)
        if (ended === undefined) return { answer: undefined }
        const others = partOf(home, SESSIONS).filter((each) => each !== ended)
        return { answer: undefined, commit: { home: withPart(home, SESSIONS, others) } }
      })
    },
  }
}

/** For a user who is removed: who is made again under this name has none of these. */
export async function endSessionsOf(homes: Homes, xui: Xui): Promise<void> {
  await update(homes, xui, (home) =>
    partOf(home, SESSIONS).length === 0
      ? { answer: undefined }
      : { answer: undefined, commit: { home: withPart(home, SESSIONS, []) } },
  )
}

function find(home: Home, { secret }: Token): Session | undefined {
  const sought = hash('sha256', secret)
  return partOf(home, SESSIONS).find((each) => each.hash === sought)
}

function markOf({ sha256 }: Credential): string {
  return hash('sha256', `session ${sha256}`)
}

/** No browser knows the scheme, so none shows a box of its own for it. */
export function sessionChallenge(realm: string): string {
  return `Session realm=${quoted(realm)}`
}

/** A request that says who asks in its header is known by that. */
export function createSessionScheme(sessions: Pick<Sessions, 'of'>, originOf: OriginOf): Scheme {
  const ofSession = async (req: IncomingMessage): Promise<SchemeOutcome> => {
    const loggedIn = await sessions.of(req)
    if (loggedIn === undefined) return NOT_SAID
    mustBeOfOurPages(req, originOf)
    return { kind: 'authenticated', principal: loggedIn.principal, answerHeaders: {} }
  }
  return (req) => (req.headers.authorization === undefined ? ofSession(req) : NOT_SAID)
}
