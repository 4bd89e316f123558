import { describe, expect, it } from 'vitest'
import type { Account } from '../../src/access/account.ts'
import { createRealms } from '../../src/access/realms.ts'
import type { Xui } from '../../src/names.ts'
import { DigestClient } from './digest-client.ts'
import { account, alice, ALICE, BOB, challenged, challengesOf, headersOf, fixture } from './fixture.ts'

const MINUTE = 60_000
const asAlice = { kind: 'authenticated', principal: { xui: ALICE, role: 'user' } }
const MUFASA: Account = {
  xui: 'sip:mufasa@example.org' as Xui,
  role: 'user',
  credentials: [
    {
      userName: 'Mufasa',
      md5: '3d78807defe7de2157e2b0b6573a855f',
      sha256: '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232',
    },
  ],
}
const mufasa = (algorithm: string, response: string) =>
  `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ' +
  'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", ' +
  `qop=auth, response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`

describe('RFC 7616: Digest', () => {
  // The nonce is a time and a number under HMAC-SHA-256; made with openssl dgst -mac HMAC.
  it('RFC 7616 §3.3: two challenges, the better algorithm first, with one nonce', async () => {
    expect(await fixture([]).ask(undefined)).toEqual({
      kind: 'unauthenticated',
      detail: 'This needs a user name and a password.',
      challenges: [
        'Digest realm="example.com", qop="auth", algorithm=SHA-256, ' +
          'nonce="AOjUpRAAAAAAAAAAgdvAoRt8Xs7KnOiyf1MWMg", opaque="a379a6f6eeafb9a55e378c118034e275", charset=UTF-8',
        'Digest realm="example.com", qop="auth", algorithm=MD5, ' +
          'nonce="AOjUpRAAAAAAAAAAgdvAoRt8Xs7KnOiyf1MWMg", opaque="a379a6f6eeafb9a55e378c118034e275", charset=UTF-8',
      ],
    })
  })

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])(
    'RFC 7616 §3.9.1: the %s response of the example is right, only its nonce is not ours: stale',
    async (algorithm, response) => {
      const on = fixture([MUFASA], {}, createRealms('http-auth@example.org'))
      const challenges = async (text: string) =>
        challengesOf(await on.ask(mufasa(algorithm, text), { target: '/dir/index.html' }))
      for (const challenge of await challenges(response)) expect(challenge).toMatch(/, stale=true$/)
      for (const challenge of await challenges(response.replace(/^./, 'f'))) expect(challenge).not.toContain('stale')
    },
  )

  it.each(['SHA-256', 'MD5'] as const)(
    'RFC 7616 §3.4, §3.5: %s logs in, the server proves itself, one look-up',
    async (algorithm) => {
      const on = fixture([account(BOB, 'secret'), account(ALICE, 'secret')])
      const client = await challenged(on, alice(algorithm))
      const outcome = await on.ask(client.authorization('GET', '/a'))
      expect(outcome).toMatchObject(asAlice)
      expect(client.proves(headersOf(outcome))).toBe(true)
      expect(headersOf(outcome)['authentication-info']).toMatch(
        /^qop=auth, rspauth="[0-9a-f]+", cnonce="c1", nc=00000001, nextnonce="[\w-]{38}"$/,
      )
      expect(on.lookups).toEqual(['sip:alice@example.com'])
      expect(Object.keys((outcome as { principal: object }).principal)).toEqual(['xui', 'role'])
    },
  )

  it.each(['sip:alice@example.com', 'alice@example.com', 'alice'])('X5: alice logs in as %s', async (user) => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on, new DigestClient({ user, password: 'secret' }))
    expect(await on.ask(client.authorization('GET', '/a'))).toMatchObject(asAlice)
  })

  it('RFC 7616 §3.4.6: uri is the target as it was sent, quotes and all, or in absolute form for this host', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    const target = '/x/~~/a/b[@id="1"]?xmlns(p=urn:x)'
    expect(await on.ask(client.authorization('GET', target), { target })).toMatchObject(asAlice)
    const asCurl = client.authorization('GET', target)?.replaceAll('\\"', '"')
    expect(asCurl).toContain('[@id="1"]')
    expect(await on.ask(asCurl, { target })).toMatchObject(asAlice)
    const absolute = 'http://XDMS.example.com/a'
    expect(await on.ask(client.authorization('GET', '/a'), { target: absolute })).toMatchObject(asAlice)
    expect(await on.ask(client.authorization('GET', absolute), { target: absolute })).toMatchObject(asAlice)
    expect(await on.ask(client.authorization('GET', absolute), { target: '/a' })).toMatchObject(asAlice)
    for (const other of [
      'http://evil.example.com/a',
      'http://evil.example/a',
      'http://xdms.example.com.evil/a',
      '/b',
      '/a?',
      '/%61',
      '//a',
      '',
    ]) {
      expect(await on.ask(client.authorization('GET', other), { target: '/a' }), other).toMatchObject({
        kind: 'unauthenticated',
      })
    }
  })

  it('RFC 7616 §3.4.3: what is hashed are the bytes that were sent, ASCII or not', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on, new DigestClient({ user: 'alice', password: 'secret', cnonce: () => '\u00fc' }))
    // Node reads bytes as Latin-1: this is what it makes of UTF-8.
    const asRead = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
    expect(
      await on.ask(asRead(client.authorization('GET', '/k\u00fcche') ?? ''), { target: asRead('/k\u00fcche') }),
    ).toMatchObject(asAlice)
  })

  it('RFC 7616 §3.4.3: a header for one method is no header for another', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    expect(await on.ask(client.authorization('GET', '/a'), { method: 'PUT' })).toMatchObject({
      kind: 'unauthenticated',
    })
  })

  it('HOST-A4, RFC 7616 §5.4: a nonce count works once, and then the nonce is stale, no password wrong; also out of order within a window of 64', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    const outcome = async (count: number) => (await on.ask(client.authorizationWith('GET', '/a', count))).kind
    const kinds: Record<number, string[]> = {}
    for (const count of [1, 1, 3, 2, 2, 3, 66, 3, 4, 2, 65, 65, 0xffffffff, 66, 0xffffffff, 0xffffffc0, 0xffffffbf]) {
      ;(kinds[count] ??= []).push(await outcome(count))
    }
    expect(kinds).toEqual({
      1: ['authenticated', 'unauthenticated'],
      2: ['authenticated', 'unauthenticated', 'unauthenticated'],
      3: ['authenticated', 'unauthenticated', 'unauthenticated'],
      4: ['authenticated'],
      65: ['authenticated', 'unauthenticated'],
      66: ['authenticated', 'unauthenticated'],
      0xffffffff: ['authenticated', 'unauthenticated'],
      0xffffffc0: ['authenticated'],
      0xffffffbf: ['unauthenticated'],
    })
    const replay = client.authorizationWith('GET', '/a', 1)
    for (const challenge of challengesOf(await on.ask(replay))) expect(challenge).toMatch(/, stale=true$/)
  })

  it('RFC 7616 §3.3: an expired nonce is stale, for who knows the password only', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const [right, wrong] = [await challenged(on), await challenged(on, alice('SHA-256', 'wrong'))]
    on.now += 5 * MINUTE - 1
    expect(await on.ask(right.authorization('GET', '/a'))).toMatchObject(asAlice)
    on.now += 1
    const stale = await on.ask(right.authorization('GET', '/a'))
    expect(challengesOf(stale)[0]).toMatch(/, stale=true$/)
    expect(challengesOf(await on.ask(wrong.authorization('GET', '/a')))[0]).not.toContain('stale')
    expect(right.learn(headersOf(stale))).toBe(true)
    expect(await on.ask(right.authorization('GET', '/a'))).toMatchObject(asAlice)
  })

  it('RFC 7616 §3.5: a nonce near its end comes with the next one, which works', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    client.learn(headersOf(await on.ask(client.authorization('GET', '/a'))))
    on.now += 3.75 * MINUTE - 1
    expect(headersOf(await on.ask(client.authorization('GET', '/a')))['authentication-info']).not.toContain('nextnonce')
    on.now += 1
    const outcome = await on.ask(client.authorization('GET', '/a'))
    expect(headersOf(outcome)['authentication-info']).toContain(', nextnonce="')
    client.learn(headersOf(outcome))
    on.now += 4 * MINUTE
    expect(await on.ask(client.authorization('GET', '/a'))).toMatchObject(asAlice)
  })

  it('HOST-D1: after a restart clients go on with a new nonce, and no password is asked for', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    expect(await on.ask(client.authorization('GET', '/a'))).toMatchObject(asAlice)
    on.restart()
    const outcome = await on.ask(client.authorization('GET', '/a'))
    expect(challengesOf(outcome)[0]).toMatch(/, stale=true$/)
    client.learn(headersOf(outcome))
    expect(await on.ask(client.authorization('GET', '/a'))).toMatchObject(asAlice)
  })

  it('RFC 7616 §5.4: no nonce can be made, changed or spelled otherwise', async () => {
    const on = fixture([account(ALICE, 'secret')])
    const [challenge = ''] = challengesOf(await on.ask(undefined))
    const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? ''
    expect(nonce).toHaveLength(38)
    const last = nonce.charCodeAt(37)
    const respelled = nonce.slice(0, 37) + String.fromCharCode(last + 1)
    const forged = [respelled, `${nonce}=`, `${nonce}A`, `B${nonce.slice(1)}`, nonce.slice(1), 'x', '__proto__', '']
    for (const other of forged) {
      const client = alice()
      client.learn({ 'www-authenticate': challenge.replace(nonce, other) })
      expect((await on.ask(client.authorization('GET', '/a'))).kind, other).toBe('unauthenticated')
    }
    const client = alice()
    client.learn({ 'www-authenticate': challenge })
    expect(await on.ask(client.authorization('GET', '/a'))).toMatchObject(asAlice)
  })

  it("INV-31: requests that overlap do not get one another's identity", async () => {
    const on = fixture([account(ALICE, 'secret'), account(BOB, 'other')])
    const [a, b] = [await challenged(on), await challenged(on, new DigestClient({ user: 'bob', password: 'other' }))]
    const c = await challenged(on, alice('MD5', 'wrong'))
    const asked = [a, b, c, a, b, c, undefined].map((client) => on.ask(client?.authorization('GET', '/a')))
    expect(
      (await Promise.all(asked)).map((outcome) =>
        outcome.kind === 'authenticated' ? outcome.principal.xui : outcome.kind,
      ),
    ).toEqual([
      'sip:alice@example.com',
      'sip:bob@example.com',
      'unauthenticated',
      'sip:alice@example.com',
      'sip:bob@example.com',
      'unauthenticated',
      'unauthenticated',
    ])
  })
})
