/** Sessions of browsers, without a network: who has one, when it ends, and what a page of another origin can do. */
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { createOriginOf, isOverTls } from '../../src/access/origin.ts'
import { readAddressRanges } from '../../src/access/client-address.ts'
import type { Account } from '../../src/access/account.ts'
import { account, ALICE, alice, BOB, challengesOf, headersOf, fixture, type Asked, type Fixture } from './fixture.ts'

const FROM = '192.0.2.1'
const OURS = { 'x-requested-with': 'fetch' }

async function begun(on: Fixture, user = 'alice', password = 'secret'): Promise<string> {
  const session = await on.sessions.begin(user, password, FROM, 'example.com')
  if (session === undefined) throw new Error('the password is wrong')
  return session.token
}

const withCookie = (token: string, more: Asked = {}): Asked => ({
  ...more,
  headers: { cookie: `theme=dark; xdms-session=${token}`, ...more.headers },
})

async function kindOf(on: Fixture, token: string, more: Asked = {}): Promise<string> {
  return (await on.ask(undefined, withCookie(token, more))).kind
}

it('api §Browser sessions: who logged in is known by his cookie, over restarts, until its time is over', async () => {
  const on = fixture([account(ALICE, 'secret')], { sessions: { lifetime: 60_000, ofUser: 2 } })
  const token = await begun(on)
  expect(token).toMatch(/^c2lwOmFsaWNlQGV4YW1wbGUuY29t\.[\w-]{48}$/)
  on.restart()
  expect(await on.ask(undefined, withCookie(token))).toEqual({
    kind: 'authenticated',
    principal: { xui: ALICE, role: 'user' },
    answerHeaders: {},
    scheme: 'session',
  })
  on.now += 59_999
  expect(await kindOf(on, token)).toBe('authenticated')
  on.now += 1
  expect(await kindOf(on, token)).toBe('unauthenticated')
})

it('api §Browser sessions: a user has only so many at once, and the oldest ends', async () => {
  const on = fixture([account(ALICE, 'secret')], { sessions: { lifetime: 60_000, ofUser: 2 } })
  const tokens: string[] = []
  for (let n = 0; n < 3; n++) {
    on.restart()
    tokens.push(await begun(on))
  }
  expect(await Promise.all(tokens.map((token) => kindOf(on, token)))).toEqual([
    'unauthenticated',
    'authenticated',
    'authenticated',
  ])
})

it('api §Browser sessions: another password, or no account any more, ends them', async () => {
  const accounts: Account[] = [account(ALICE, 'secret')]
  const on = fixture(accounts)
  const token = await begun(on)
  accounts[0] = account(ALICE, 'other')
  expect(await kindOf(on, token)).toBe('unauthenticated')
  accounts[0] = account(ALICE, 'secret')
  expect(await kindOf(on, token)).toBe('authenticated')
  accounts.length = 0
  expect(await kindOf(on, token)).toBe('unauthenticated')
})

it('api §Browser sessions: a cookie that was made up makes nobody read a home, or an account', async () => {
  const on = fixture([account(ALICE, 'secret'), account(BOB, 'other')])
  const token = await begun(on)
  const [name, secret = ''] = token.split('.')
  on.lookups.length = 0
  const bobs = Buffer.from(BOB).toString('base64url')
  const forged = [`${bobs}.${secret}`, `${name}.${'A'.repeat(48)}`, `${name}.${secret.slice(0, -2)}`, `${name}.`, name]
  for (const each of [...forged, '', '.', '%', `${token}x`])
    expect(await kindOf(on, each ?? '')).toBe('unauthenticated')
  expect(on.lookups).toEqual([])
})

it('HOST-S5: guesses where browsers log in count with those of Digest, and shut out nobody who is known', async () => {
  const on = fixture([account(ALICE, 'secret')], { failuresOfUser: 3 })
  const client = alice()
  client.learn(headersOf(await on.ask(undefined)))
  expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('authenticated')
  for (let n = 0; n < 3; n++)
    expect(await on.sessions.begin('sip:alice@example.com', `guess ${n}`, FROM, 'example.com')).toBe(undefined)
  await expect(on.sessions.begin('alice', 'secret', FROM, 'example.com')).rejects.toMatchObject({
    refusal: { kind: 'too-many-failures' },
  })
  expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('authenticated')
  const newcomer = alice()
  newcomer.learn(headersOf(await on.ask(undefined)))
  expect((await on.ask(newcomer.authorization('GET', '/a'))).kind).toBe('too-many-failures')
})

it('api §Browser sessions: an unknown user and a wrong password are the same, and cost the same look', async () => {
  const on = fixture([account(ALICE, 'secret')])
  for (const user of ['alice', 'nobody', '', 'sip:alice@other.example', '\u0000']) {
    expect(await on.sessions.begin(user, 'wrong', FROM, 'example.com')).toBe(undefined)
  }
  expect(on.lookups).toHaveLength(5)
})

it('RFC 7616 §4: a password is the same in every form of its letters', async () => {
  const on = fixture([account(ALICE, 'Stra\u00dfe \u00e9')])
  expect(await on.sessions.begin('alice', 'Stra\u00dfe e\u0301', FROM, 'example.com')).toMatchObject({
    principal: { xui: ALICE },
  })
})

it('api §Browser sessions: what changes something needs X-Requested-With, and no page of another origin asks', async () => {
  const on = fixture([account(ALICE, 'secret')])
  const token = await begun(on)
  const from = (origin: string): Asked => ({ headers: { ...OURS, origin } })
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
    expect(await kindOf(on, token, { method })).toBe('forbidden')
    expect(await kindOf(on, token, { method, headers: OURS })).toBe('authenticated')
    expect(await kindOf(on, token, { method, ...from('http://xdms.example.com') })).toBe('authenticated')
    expect(await kindOf(on, token, { method, ...from('http://xdms.example.com:3000') })).toBe('forbidden')
    expect(await kindOf(on, token, { method, ...from('https://xdms.example.com') })).toBe('forbidden')
    expect(await kindOf(on, token, { method, ...from('null') })).toBe('forbidden')
  }
  expect(await kindOf(on, token, { ...from('http://evil.example') })).toBe('forbidden')
  expect(await kindOf(on, token, { method: 'HEAD' })).toBe('authenticated')
})

it('api §Browser sessions: at the challenge for a script no browser opens its box', async () => {
  const on = fixture([account(ALICE, 'secret')])
  const asScript = (authorization?: string) => on.ask(authorization, { headers: OURS })
  const SESSION = ['Session realm="example.com"']
  expect(challengesOf(await asScript())).toEqual(SESSION)
  expect(challengesOf(await on.ask(undefined, withCookie('gone', { headers: OURS })))).toEqual(SESSION)
  expect(challengesOf(await on.ask(undefined)).join()).not.toContain('Session')
  const client = alice()
  client.learn(headersOf(await on.ask(undefined)))
  expect((await asScript(client.authorization('GET', '/a'))).kind).toBe('authenticated')
  const wrong = alice('SHA-256', 'wrong')
  wrong.learn(headersOf(await on.ask(undefined)))
  expect(challengesOf(await asScript(wrong.authorization('GET', '/a')))).toEqual(SESSION)
  // Who knows the password and has an old nonce gets a new one, and is not asked for anything.
  on.restart()
  expect(challengesOf(await asScript(client.authorization('GET', '/a'))).join()).toContain('stale=true')
})

it('api §Browser sessions: who says in a header who asks is judged by that, whatever his cookie', async () => {
  const on = fixture([account(ALICE, 'secret'), account(BOB, 'other')])
  const token = await begun(on, 'bob', 'other')
  const client = alice()
  client.learn(headersOf(await on.ask(undefined)))
  const asked = await on.ask(client.authorization('PUT', '/a'), withCookie(token, { method: 'PUT' }))
  expect(asked).toMatchObject({ principal: { xui: ALICE } })
})

it.each<[string, string, boolean, Record<string, string>, string]>([
  ['plain', '192.0.2.9', false, {}, 'http://xdms.example.com'],
  ['over TLS, with the port that goes without saying', '192.0.2.9', true, {}, 'https://xdms.example.com'],
  [
    'nobody is trusted by what he says',
    '192.0.2.9',
    false,
    { 'x-forwarded-proto': 'https' },
    'http://xdms.example.com',
  ],
  ['a proxy says https', '10.0.0.1', false, { 'x-forwarded-proto': 'https' }, 'https://xdms.example.com'],
  [
    'a proxy says which host',
    '10.0.0.1',
    false,
    { 'x-forwarded-proto': 'http, HTTPS', 'x-forwarded-host': 'Chat.Example.com' },
    'https://chat.example.com',
  ],
  [
    'RFC 7239',
    '10.0.0.1',
    false,
    { forwarded: 'for=192.0.2.7;proto=http, for=192.0.2.8; Proto=https;host="chat.example.com:8443"' },
    'https://chat.example.com:8443',
  ],
  ['a proxy says nonsense', '10.0.0.1', false, { 'x-forwarded-proto': 'ftp' }, 'http://xdms.example.com'],
])('HOST-ID5: the origin, %s', (_, peer, encrypted, headers, origin) => {
  const originOf = createOriginOf(readAddressRanges('10.0.0.0/8'))
  const host = encrypted ? 'xdms.example.com:443' : 'XDMS.example.com'
  const socket = { remoteAddress: peer, ...(encrypted ? { encrypted } : {}) }
  const req = { headers: { host, ...headers }, socket } as unknown as IncomingMessage
  expect([originOf(req), isOverTls(req, originOf)]).toEqual([origin, origin.startsWith('https')])
})
