/** Passwords in plain, without a network. */
import { expect, it } from 'vitest'
import { account, ALICE, challengesOf, fixture, type Asked } from './fixture.ts'

const basic = (userName: string, password: string): string =>
  `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`
const OVER_TLS: Asked = { overTls: true }

it('RFC 7617 §2: over TLS, and switched on, a password is taken in plain', async () => {
  const on = fixture([account(ALICE, 'se:cr\u00e9t')], { basic: true })
  const expected = {
    kind: 'authenticated',
    principal: { xui: ALICE, role: 'user' },
    answerHeaders: {},
    scheme: 'basic',
  }
  for (const userName of ['alice', 'alice@example.com'])
    expect(await on.ask(basic(userName, 'se:cr\u00e9t'), OVER_TLS)).toEqual(expected)
  expect(challengesOf(await on.ask(basic('alice', 'wrong'), OVER_TLS)).at(-1)).toBe(
    'Basic realm="example.com", charset="UTF-8"',
  )
  for (const bad of ['Basic', 'Basic %', 'Basic eA==', basic('', ''), basic('sip', 'alice@example.com:se:cr\u00e9t')])
    expect((await on.ask(bad, OVER_TLS)).kind).toBe('unauthenticated')
})

it('RFC 7617 §4: without TLS it is neither taken nor offered, nor looked at', async () => {
  const on = fixture([account(ALICE, 'secret')], { basic: true })
  const plain = await on.ask(basic('alice', 'secret'))
  expect(challengesOf(plain).join()).not.toContain('Basic')
  expect(plain).toMatchObject({ detail: 'A password in plain is taken over TLS only.' })
  expect(on.lookups).toEqual([])
})

it('RFC 7617 §4: it is off, and behind Digest in the challenges where it is on', async () => {
  const off = fixture([account(ALICE, 'secret')])
  expect(challengesOf(await off.ask(basic('alice', 'secret'), OVER_TLS)).join()).not.toContain('Basic')
  const on = fixture([account(ALICE, 'secret')], { basic: true })
  const schemes = challengesOf(await on.ask(undefined, OVER_TLS)).map((challenge) => challenge.split(' ')[0])
  expect(schemes).toEqual(['Digest', 'Digest', 'Basic'])
})

it('HOST-S5: guesses by Basic count with those of Digest', async () => {
  const on = fixture([account(ALICE, 'secret')], { basic: true, failuresOfUser: 2 })
  const kinds: string[] = []
  for (const password of ['a', 'b', 'secret']) kinds.push((await on.ask(basic('alice', password), OVER_TLS)).kind)
  expect(kinds).toEqual(['unauthenticated', 'unauthenticated', 'too-many-failures'])
})
