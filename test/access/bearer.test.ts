import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRealms } from '../../src/access/realms.ts'
import { createBearer, type BearerSettings } from '../../src/access/bearer.ts'
import { Refused } from '../../src/refusal.ts'
import { account, ALICE } from './fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'cpm-xdms-jwks-'))
const jwks = join(folder, 'jwks.json')
const ISSUER = 'https://issuer.example.com'
const time = { now: 1_800_000_000_000 }
type Keys = Awaited<ReturnType<typeof generateKeyPair>>
let ours: Keys
let other: Keys

beforeAll(async () => {
  ours = await generateKeyPair('ES256')
  other = await generateKeyPair('ES256')
  await publish(ours)
})
afterAll(() => rmSync(folder, { recursive: true }))

async function publish(...keys: readonly Keys[]): Promise<void> {
  const published = await Promise.all(
    keys.map(async (each) => ({
      ...(await exportJWK(each.publicKey)),
      kid: each === ours ? 'one' : 'two',
      alg: 'ES256',
    })),
  )
  writeFileSync(jwks, JSON.stringify({ keys: published }))
}

function bearer(settings: Partial<BearerSettings> = {}): (token: string) => Promise<string> {
  const scheme = createBearer(
    {
      accounts: { find: async (xui) => (xui === ALICE ? account(ALICE, 'secret') : undefined) },
      clock: { now: () => time.now, at: () => () => undefined },
      realms: createRealms('example.com'),
    },
    { jwks, issuer: ISSUER, audience: 'xdms', xuiClaim: 'sub', roleClaim: undefined, strict: true, ...settings },
  )
  return async (token) => {
    try {
      const outcome = await scheme({ headers: { authorization: `Bearer ${token}` } } as unknown as IncomingMessage)
      return outcome.kind === 'authenticated' ? outcome.principal.xui : String(outcome.challenges[0])
    } catch (error) {
      if (error instanceof Refused) return error.refusal.kind
      throw error
    }
  }
}

const CLAIMS = { iss: ISSUER, aud: 'xdms', sub: 'alice', client_id: 'phone', exp: 1_800_000_060 }
const sign = (claims: object = {}, header: object = {}, keys: Keys = ours): Promise<string> =>
  new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: keys === ours ? 'one' : 'two', typ: 'at+jwt', ...header })
    .sign(keys.privateKey)
const INVALID = 'Bearer realm="example.com", error="invalid_token"'

it.each(['alice', 'sip:alice@example.com', 'SIP:alice@EXAMPLE.com', 'alice@example.com'])(
  'RFC 9068 §2.2: %s is whom the token is about',
  async (sub) => expect(await bearer()(await sign({ sub }))).toBe(ALICE),
)

it.each<[string, object]>([
  ['for us among others', { aud: ['other', 'xdms'] }],
  ['over by less than clocks differ', { exp: 1_799_999_996 }],
  ['not begun by less than clocks differ', { nbf: 1_800_000_004 }],
])('RFC 9068 §4: a token %s is taken', async (_, claims) => expect(await bearer()(await sign(claims))).toBe(ALICE))

it.each<[string, object, object]>([
  ['for several others', { aud: ['other', 'xdms.example.com', 'XDMS'] }, {}],
  ['for nobody', { aud: [] }, {}],
  ['nobody here', { sub: 'nobody' }, {}],
  ['of another issuer', { iss: 'https://evil.example.com' }, {}],
  ['for somebody else', { aud: 'other' }, {}],
  ['without an audience', { aud: undefined }, {}],
  ['over', { exp: 1_799_999_994 }, {}],
  ['of an end that is a text', { exp: '1800000060' }, {}],
  ['not begun', { nbf: 1_800_000_060 }, {}],
  ['without a client', { client_id: undefined }, {}],
  ['an ID token', {}, { typ: 'JWT' }],
  ['of a key that is a path', {}, { kid: '../../etc/passwd' }],
  ['of a name that is no text', { sub: ['alice'] }, {}],
])('HOST-J1: a token %s is refused', async (_, claims, header) => {
  expect(await bearer()(await sign(claims, header))).toBe(INVALID)
})

it('HOST-J1: no algorithm, a shared secret and a key of somebody else are refused', async () => {
  const check = bearer()
  const [, payload] = (await sign()).split('.')
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  expect(await check(`${none}.${payload}.`)).toBe(INVALID)
  const secret = Buffer.from(JSON.stringify(await exportJWK(ours.publicKey)))
  const shared = new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'at+jwt' })
  expect(await check(await shared.sign(secret))).toBe(INVALID)
  expect(await check(await sign({}, { kid: 'one' }, other))).toBe(INVALID)
  expect(await check('a.b.c')).toBe(INVALID)
  const own = { jwk: await exportJWK(other.publicKey), kid: 'one' }
  expect(await check(await sign({}, own, other))).toBe(INVALID)
  expect(await check(await sign({}, { alg: 'ES384', kid: 'one' }, await generateKeyPair('ES384')))).toBe(INVALID)
})

it('RFC 9068 §2.1: XDMS_JWT_STRICT=false takes tokens of issuers that say neither typ nor client_id', async () => {
  const token = await sign({ client_id: undefined, sub: '0b9a', preferred_username: 'alice' }, { typ: 'JWT' })
  expect(await bearer({ strict: false, xuiClaim: 'preferred_username' })(token)).toBe(ALICE)
  expect(await bearer({ xuiClaim: 'preferred_username' })(token)).toBe(INVALID)
})

it('X5: a token that is for a role is for an account with that role only', async () => {
  const check = bearer({ roleClaim: 'roles' })
  expect(await check(await sign({ roles: ['user', 'x'] }))).toBe(ALICE)
  expect(await check(await sign({ roles: 'user' }))).toBe(ALICE)
  expect(await check(await sign({ roles: ['administrator'] }))).toBe(INVALID)
  expect(await check(await sign())).toBe(INVALID)
})

it('X5: a key that is new in the file is found; keys that cannot be had are trouble, no wrong token', async () => {
  const check = bearer()
  expect(await check(await sign())).toBe(ALICE)
  await publish(ours, other)
  const token = await sign({ exp: 1_800_001_000 }, {}, other)
  expect(await check(token)).toBe(INVALID)
  time.now += 30_000
  expect(await check(token)).toBe(ALICE)
  expect(await bearer({ jwks: join(folder, 'none') })(token)).toBe('unavailable')
  expect(await bearer({ jwks: 'http://127.0.0.1:9/jwks' })(token)).toBe('unavailable')
  writeFileSync(jwks, '{"keys":1}')
  expect(await bearer()(token)).toBe('unavailable')
})
