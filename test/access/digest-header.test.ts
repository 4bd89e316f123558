import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { account, ALICE, challenged, fixture } from './fixture.ts'
import type { Asked } from './fixture.ts'

describe('RFC 7616 §3.4: what a header may not be', () => {
  type Change = (header: string) => string
  const without =
    (name: string): Change =>
    (header) =>
      header.replace(new RegExp(`(, | )${name}=("[^"]*"|[^,]*)`), name === 'username' ? ' a=b' : '')

  it.each<[string, Change, string, Asked?]>([
    ['a header of the client itself', (header) => header, 'authenticated'],
    ['a scheme in other letters', (header) => header.replace('Digest', 'dIGEST'), 'authenticated'],
    [
      'spaces, tabs and empty elements',
      (header) => header.replaceAll(', ', '\t ,, ,').replaceAll('=', ' =  '),
      'authenticated',
    ],
    [
      'quotes where tokens do',
      (header) => header.replace('qop=auth', 'qop="auth"').replace('SHA-256', '"sha-256"'),
      'authenticated',
    ],
    ['a parameter __proto__', (header) => `${header}, __proto__=x, constructor=y, toString="z"`, 'authenticated'],
    ['a user name __proto__', (header) => header.replace('sip:alice@example.com', '__proto__'), 'unauthenticated'],
    ['no opaque', without('opaque'), 'authenticated'],
    ['another scheme', (header) => header.replace('Digest', 'Basic'), 'unauthenticated'],
    ['a scheme that begins alike', (header) => header.replace('Digest', 'Digests'), 'unauthenticated'],
    ['another realm', (header) => header.replace('realm="example.com"', 'realm="example.org"'), 'unauthenticated'],
    ['no qop', without('qop'), 'unauthenticated'],
    ['qop=auth-int', (header) => header.replace('qop=auth', 'qop=auth-int'), 'unauthenticated'],
    ['an unknown algorithm', (header) => header.replace('SHA-256', 'SHA-512-256'), 'unauthenticated'],
    ['algorithm __proto__', (header) => header.replace('SHA-256', '__proto__'), 'unauthenticated'],
    ['a session algorithm', (header) => header.replace('SHA-256', 'SHA-256-sess'), 'unauthenticated'],
    ['a hashed user name', (header) => `${header}, userhash=true`, 'unauthenticated'],
    [
      'username* instead of username',
      (header) => header.replace('username="', `username*=UTF-8''sip%3Aalice%40example.com, x="`),
      'unauthenticated',
    ],
    ['username* beside username', (header) => `${header}, username*=UTF-8''sip%3Abob%40example.com`, 'unauthenticated'],
    ['an empty response', (header) => header.replace(/response="[^"]*"/, 'response=""'), 'unauthenticated'],
    ['a longer response', (header) => header.replace(/(response="[^"]*)"/, '$10"'), 'unauthenticated'],
    [
      'a response that is not ASCII',
      (header) => header.replace(/(response=").{64}"/, `$1${'\u00fc'.repeat(64)}"`),
      'unauthenticated',
    ],
    ['the uri of something else', (header) => header, 'unauthenticated', { target: '/b' }],
    ['a parameter twice', (header) => `${header}, nc=00000002`, 'bad-request'],
    ['a parameter twice in other letters', (header) => `${header}, RESPONSE="x"`, 'bad-request'],
    ...['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'nc'].map((name): [string, Change, string] => [
      `no ${name}`,
      without(name),
      'bad-request',
    ]),
    ['an empty cnonce', (header) => header.replace(/cnonce="[^"]*"/, 'cnonce=""'), 'bad-request'],
    ['a nonce count of seven digits', (header) => header.replace('nc=00000001', 'nc=0000001'), 'bad-request'],
    ['a nonce count that is no number', (header) => header.replace('nc=00000001', 'nc=0000000g'), 'bad-request'],
    ['a nonce count of zero', (header) => header.replace('nc=00000001', 'nc=00000000'), 'bad-request'],
    ['a string without end', (header) => `${header}, x="y`, 'bad-request'],
    ['a string that ends in a backslash', (header) => `${header}, x="y\\`, 'bad-request'],
    ['a name without value', (header) => `${header}, x`, 'bad-request'],
    ['an empty token', (header) => `${header}, x=`, 'bad-request'],
    ['a value without name', (header) => `${header}, =x`, 'bad-request'],
    ['something behind a string', (header) => `${header}, x="y"z`, 'bad-request'],
    ['a quote within a string', (header) => `${header}, x="y"z"`, 'bad-request'],
    ['no parameters', () => 'Digest', 'bad-request'],
    ['a semicolon', (header) => header.replace(', ', '; '), 'bad-request'],
    ['a long header', (header) => `${header}, x="${'y'.repeat(12_200)}"`, 'header-too-large'],
  ])('HOST-D1: %s', async (_, change, kind, asked = {}) => {
    const on = fixture([account(ALICE, 'secret')])
    const client = await challenged(on)
    expect((await on.ask(change(client.authorization('GET', '/a') ?? ''), asked)).kind).toBe(kind)
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('HOST-D2: the worst header is refused in no time', async () => {
    const on = fixture([])
    const worst = [
      `${','.repeat(15_000)}"`,
      `${',"'.repeat(2_000)}`,
      `uri="${'" '.repeat(2_000)}`,
      `a="${'\\'.repeat(4_000)}`,
      `${' '.repeat(4_000)}=`,
      'a'.repeat(4_000),
    ].map((parameters) => `Digest ${parameters}`)
    for (const header of worst) {
      const began = process.cpuUsage()
      expect(['bad-request', 'header-too-large']).toContain((await on.ask(header)).kind)
      // Of this process alone: how busy the machine is does not count.
      expect(process.cpuUsage(began).user).toBeLessThan(200_000)
    }
  })

  it('HOST-D1: whatever is sent, the answer is 400, 401 or 431', async () => {
    const on = fixture([account(ALICE, 'secret')], { failuresOfUser: 1e6, failuresOfAddress: 1e6 })
    const client = await challenged(on)
    const piece = fc.oneof(
      fc.constantFrom(
        'Digest ',
        'username=',
        '"',
        '\\',
        ',',
        '=',
        ' ',
        'uri="/a"',
        'qop=auth',
        'nc=00000001',
        '__proto__=',
        'realm="example.com"',
      ),
      fc.string({ unit: 'binary-ascii', maxLength: 6 }),
    )
    const made = fc.array(piece, { maxLength: 30 }).map((pieces) => `Digest ${pieces.join('')}`)
    const cut = fc.tuple(fc.nat(400), fc.nat(8), piece).map(([at, gone, put]) => {
      const header = client.authorizationWith('GET', '/a', 1)
      return header.slice(0, at) + put + header.slice(at + gone)
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(made, cut), async (header) => {
        expect(['bad-request', 'unauthenticated', 'header-too-large', 'authenticated']).toContain(
          (await on.ask(header)).kind,
        )
      }),
      { numRuns: 3_000 },
    )
  })
})
