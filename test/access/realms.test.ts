import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/access/account.ts'
import { credentialsIn } from '../../src/access/credentials.ts'
import { createRealms, readLoginName, realmAsked } from '../../src/access/realms.ts'
import type { Xui } from '../../src/names.ts'
import { DigestClient } from './digest-client.ts'
import { challengesOf, headersOf, fixture, type Asked, type Outcome, type Fixture } from './fixture.ts'

const REALMS = createRealms('example.com', ['b.example'])
const member = (xui: string, password: string): Account => ({
  xui: xui as Xui,
  role: 'user',
  credentials: credentialsIn(REALMS, xui as Xui, password),
})
const ACCOUNTS = [
  member('sip:alice@example.com', 'one'),
  member('sip:alice@b.example', 'two'),
  member('sip:carol@other.example', 'three'),
]

const realmIn = (outcome: Outcome): string => /realm="([^"]*)"/.exec(challengesOf(outcome)[0] ?? '')?.[1] ?? ''

/** As a client does that takes a challenge with `stale=true` for a second chance. */
async function logIn(on: Fixture, user: string, password: string, asked: Asked = {}): Promise<string> {
  const client = new DigestClient({ user, password, cnonce: () => 'c' })
  client.learn(headersOf(await on.ask(undefined, asked)))
  for (let tries = 0; tries < 3; tries++) {
    const outcome = await on.ask(client.authorization('GET', asked.target ?? '/a'), asked)
    if (outcome.kind === 'authenticated') return outcome.principal.xui
    if (outcome.kind !== 'unauthenticated' || !challengesOf(outcome)[0]?.endsWith('stale=true')) return outcome.kind
    client.learn(headersOf(outcome))
  }
  return 'a loop'
}

describe('RFC 7616 §3.4: the realm that a request is about', () => {
  it.each([
    ['/xcap-root/a/users/sip:alice@b.example/index', 'xdms.example.com', 'b.example'],
    ['/xcap-root/a/users/sip%3Aalice%40B.example/index', 'xdms.example.com', 'b.example'],
    ['/xcap-root/a/users/alice@b.example/index', '127.0.0.1:8080', 'b.example'],
    ['/xcap-root/a/users/sip:alice@example.com/index', 'xcap.b.example', 'example.com'],
    ['/xcap-root/a/users/sip:carol@other.example/index', 'xcap.b.example', 'example.com'],
    ['/xcap-root/a/users/alice/index', 'xcap.b.example', 'b.example'],
    ['/xcap-root/a/users/alice/index', 'XCAP.B.EXAMPLE:8080', 'b.example'],
    ['/xcap-root/a/users/alice/index', 'b.example', 'b.example'],
    ['/xcap-root/a/users/alice/index', 'evilb.example', 'example.com'],
    ['/xcap-root/a/users/alice/index', '127.0.0.1', 'example.com'],
    ['/xcap-root/a/users/%zz/index', 'xcap.b.example', 'b.example'],
    ['/xcap-root/a/global/index', 'xcap.b.example', 'b.example'],
    ['/api/messages', 'localhost', 'example.com'],
  ])('RFC 7616 §3.4: %s at %s is of %s', async (target, host, realm) => {
    expect(realmIn(await fixture(ACCOUNTS, {}, REALMS).ask(undefined, { target, host }))).toBe(realm)
    expect(realmAsked(REALMS, { url: target, headers: { host } } as never)).toBe(realm)
  })
})

const OF_B: Asked = { target: '/x/users/sip:alice@b.example/index' }
const HOST_B: Asked = { host: 'xcap.b.example' }

describe('X5: each realm has its own passwords', () => {
  it.each<[string, string, Asked, string]>([
    ['sip:alice@b.example', 'two', OF_B, 'sip:alice@b.example'],
    ['alice@b.example', 'two', OF_B, 'sip:alice@b.example'],
    ['alice', 'two', OF_B, 'sip:alice@b.example'],
    ['alice', 'two', HOST_B, 'sip:alice@b.example'],
    // Who names his domain is told its realm, wherever he asks first.
    ['alice@b.example', 'two', {}, 'sip:alice@b.example'],
    ['sip:alice@example.com', 'one', OF_B, 'sip:alice@example.com'],
    ['sip:carol@other.example', 'three', OF_B, 'sip:carol@other.example'],
    ['alice', 'one', {}, 'sip:alice@example.com'],
    ['alice@example.com', 'one', HOST_B, 'sip:alice@example.com'],
    ['alice', 'one', OF_B, 'unauthenticated'],
    ['alice', 'one', HOST_B, 'unauthenticated'],
    ['alice', 'two', {}, 'unauthenticated'],
    ['alice@b.example', 'one', {}, 'unauthenticated'],
    ['alice@b.example', 'one', OF_B, 'unauthenticated'],
    ['alice@example.com', 'two', OF_B, 'unauthenticated'],
    ['alice in b.example', 'two', {}, 'unauthenticated'],
    ['sip:carol@other.example', 'two', OF_B, 'unauthenticated'],
  ])('X5: %s with the password %s', async (user, password, asked, expected) => {
    expect(await logIn(fixture(ACCOUNTS, {}, REALMS), user, password, asked)).toBe(expected)
  })

  it('X5: what is kept of a password of one realm proves nothing in another', async () => {
    const kept = ACCOUNTS[1]?.credentials ?? []
    for (const { userName, sha256 } of kept) {
      const on = fixture(ACCOUNTS, {}, REALMS)
      for (const asked of [userName, readLoginName(userName, REALMS).userName]) {
        const client = new DigestClient({ user: asked, password: sha256, cnonce: () => 'c' })
        client.learn(headersOf(await on.ask(undefined)))
        expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('unauthenticated')
      }
    }
  })

  it('X5: a password in plain, and a browser’s login, are of the realm that the name or the host says', async () => {
    const on = fixture(ACCOUNTS, { basic: true }, REALMS)
    const basic = async (user: string, password: string, asked: Asked = {}) => {
      const outcome = await on.ask(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`, {
        overTls: true,
        ...asked,
      })
      return outcome.kind === 'authenticated' ? outcome.principal.xui : outcome.kind
    }
    expect(await basic('alice@b.example', 'two')).toBe('sip:alice@b.example')
    expect(await basic('alice', 'two', HOST_B)).toBe('sip:alice@b.example')
    expect(await basic('alice', 'two', OF_B)).toBe('sip:alice@b.example')
    expect(await basic('alice', 'one')).toBe('sip:alice@example.com')
    expect(await basic('alice', 'two')).toBe('unauthenticated')
    expect(await basic('alice@b.example', 'one')).toBe('unauthenticated')
    const begun = await on.sessions.begin('alice', 'two', '192.0.2.1', 'b.example')
    expect(begun?.principal.xui).toBe('sip:alice@b.example')
    const cookie = { headers: { cookie: `xdms-session=${begun?.token}` } }
    expect(await on.ask(undefined, cookie)).toMatchObject({ principal: { xui: 'sip:alice@b.example' } })
    expect(await on.sessions.begin('alice', 'two', '192.0.2.1', 'example.com')).toBeUndefined()
    expect(await on.sessions.begin('alice in b.example', 'two', '192.0.2.1', 'example.com')).toBeUndefined()
  })

  it('HOST-S5: guesses at one realm’s user are not another’s', async () => {
    const on = fixture(ACCOUNTS, { failuresOfUser: 1 }, REALMS)
    expect(await logIn(on, 'alice', 'wrong', HOST_B)).toBe('unauthenticated')
    expect(await logIn(on, 'alice@b.example', 'two')).toBe('too-many-failures')
    expect(await logIn(on, 'alice', 'one')).toBe('sip:alice@example.com')
  })

  it('X5: an asserted bare name is of the host’s realm', async () => {
    const on = fixture(ACCOUNTS, {}, REALMS)
    const headers = { 'x-xcap-asserted-identity': 'alice' }
    const asked = (host: string): Asked => ({ host, headers, address: '192.0.2.200' })
    expect(await on.ask(undefined, asked('xcap.b.example'))).toMatchObject({
      principal: { xui: 'sip:alice@b.example' },
    })
    expect(await on.ask(undefined, asked('xcap.a.example'))).toMatchObject({
      principal: { xui: 'sip:alice@example.com' },
    })
  })
})

it('X5: with one realm an account’s names are those of before', () => {
  const names = credentialsIn(createRealms('example.com'), 'sip:alice@example.com' as Xui, 'x')
  expect(names.map(({ userName }) => userName)).toEqual(['sip:alice@example.com', 'alice@example.com', 'alice'])
  expect(credentialsIn(REALMS, 'sip:alice@b.example' as Xui, 'x').map(({ userName }) => userName)).toEqual([
    'sip:alice@b.example in b.example',
    'alice@b.example in b.example',
    'alice in b.example',
  ])
})
