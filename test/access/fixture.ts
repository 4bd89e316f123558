/**
 * What the tests of this room share: a clock that stands still, chance that repeats, accounts in a map, and requests
 * without a network.
 */
import type { IncomingMessage } from 'node:http'
import type { Account, Accounts } from '../../src/access/account.ts'
import { createAddressOf, readAddressRanges } from '../../src/access/client-address.ts'
import { createTrust } from '../../src/access/asserted.ts'
import { createAuthentication } from '../../src/access/authenticate.ts'
import type { Authenticated, AuthenticationSettings } from '../../src/access/authenticate.ts'
import { credentialsFor } from '../../src/access/credentials.ts'
import type { Clock, Instant } from '../../src/clock.ts'
import { authenticationSettings, readSettings } from '../../src/config.ts'
import type { Xui } from '../../src/names.ts'
import { createOriginOf } from '../../src/access/origin.ts'
import { createRealms } from '../../src/access/realms.ts'
import type { Sessions } from '../../src/access/session.ts'
import { createMemoryStore } from '../store/memory.ts'
import { Refused } from '../../src/refusal.ts'
import type { Refusal } from '../../src/refusal.ts'
import { DigestClient } from './digest-client.ts'

export const ALICE = 'sip:alice@example.com' as Xui
export const BOB = 'sip:bob@example.com' as Xui

const DEFAULTS = authenticationSettings(readSettings({}))

export function account(xui: Xui, password: string, role: Account['role'] = 'user'): Account {
  return { xui, role, credentials: credentialsFor(xui, 'example.com', password) }
}

export interface Asked {
  readonly method?: string
  readonly target?: string
  readonly address?: string
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly overTls?: boolean
}

export type Outcome = ({ readonly kind: 'authenticated' } & Authenticated) | Refusal

export interface Fixture {
  now: Instant
  readonly lookups: string[]
  /** Names that the next who would be refused finds unlocked. */
  readonly unlocked: string[]
  /** Another process over the same accounts: all it kept in memory is gone. */
  restart(): void
  ask(authorization: string | undefined, asked?: Asked): Promise<Outcome>
  readonly sessions: Sessions
  readonly schemes: readonly string[]
}

export function fixture(
  accounts: readonly Account[],
  settings: Partial<AuthenticationSettings> = {},
  realms = createRealms('example.com'),
): Fixture {
  const lookups: string[] = []
  const directory: Pick<Accounts, 'byUserName' | 'find'> = {
    find: async (xui) => accounts.find((each) => each.xui === xui),
    async byUserName(userName) {
      lookups.push(userName)
      await new Promise((resolve) => setImmediate(resolve))
      for (const found of accounts) {
        const credential = found.credentials.find((one) => one.userName === userName)
        if (credential !== undefined) return { account: found, credential }
      }
      return undefined
    },
  }
  let starts = 0
  const clock: Clock = { now: () => made.now, at: () => () => undefined }
  const kept = createMemoryStore({ clock }).homes
  const homes: typeof kept = {
    ...kept,
    read(owner) {
      lookups.push(owner)
      return kept.read(owner)
    },
  }
  const start = () => {
    starts += 1
    const seed = starts
    return createAuthentication({
      accounts: directory,
      homes,
      clock,
      originOf: createOriginOf([]),
      trust: createTrust(readAddressRanges('192.0.2.200')),
      sessionKey: new Uint8Array(32),
      addressOf: createAddressOf([]),
      random: (count) => new Uint8Array(count).fill(seed),
      realms,
      unlocked: async () => made.unlocked.splice(0),
      settings: { ...DEFAULTS, ...settings },
    })
  }
  let authentication: ReturnType<typeof createAuthentication>
  const made: Fixture = {
    unlocked: [],
    now: 1_000_000_000_000,
    lookups,
    restart() {
      authentication = start()
    },
    get schemes() {
      return authentication.schemes
    },
    get sessions() {
      return authentication.sessions
    },
    async ask(
      authorization,
      {
        method = 'GET',
        target = '/a',
        address = '192.0.2.1',
        host = 'xdms.example.com',
        headers: more = {},
        overTls = false,
      } = {},
    ) {
      const headers = { host, ...more, ...(authorization === undefined ? {} : { authorization }) }
      const req = {
        method,
        url: target,
        headers,
        socket: { remoteAddress: address, ...(overTls ? { encrypted: true } : {}) },
      } as unknown as IncomingMessage
      try {
        return { kind: 'authenticated', ...(await authentication.authenticate(req)) }
      } catch (error) {
        if (error instanceof Refused) return error.refusal
        throw error
      }
    },
  }
  made.restart()
  return made
}

export function challengesOf(outcome: Outcome): readonly string[] {
  if (outcome.kind !== 'unauthenticated') throw new Error(`expected challenges, got ${JSON.stringify(outcome)}`)
  return outcome.challenges
}

export function headersOf(outcome: Outcome): Record<string, string> {
  return outcome.kind === 'authenticated'
    ? { ...outcome.answerHeaders }
    : { 'www-authenticate': challengesOf(outcome).join(', ') }
}

export function alice(algorithm: 'SHA-256' | 'MD5' = 'SHA-256', password = 'secret'): DigestClient {
  return new DigestClient({ user: 'sip:alice@example.com', password, algorithm, cnonce: () => 'c1' })
}

/** A client that has its first nonce. */
export async function challenged(on: Fixture, client = alice()): Promise<DigestClient> {
  client.learn(headersOf(await on.ask(undefined)))
  return client
}
