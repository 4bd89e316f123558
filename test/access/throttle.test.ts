import { expect, it } from 'vitest'
import { addressBlock } from '../../src/access/throttle.ts'
import { DigestClient } from './digest-client.ts'
import { account, ALICE, BOB, headersOf, fixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

async function attempts(
  on: Fixture,
  count: number,
  user: string,
  password: string,
  address: string,
): Promise<string[]> {
  const client = new DigestClient({ user, password })
  client.learn(headersOf(await on.ask(undefined, { address })))
  const kinds: string[] = []
  for (let made = 0; made < count; made += 1)
    kinds.push((await on.ask(client.authorization('GET', '/a'), { address })).kind)
  return kinds
}

const failures = (count: number): string[] => Array<string>(count).fill('unauthenticated')
const accounts = [account(ALICE, 'secret'), account(BOB, 'other')]

it('HOST-D3: after ten wrong passwords a user is not let in from there, with the right one neither, nor by another of his names', async () => {
  const on = fixture(accounts)
  expect(await attempts(on, 11, 'sip:alice@example.com', 'wrong', '192.0.2.1')).toEqual([
    ...failures(10),
    'too-many-failures',
  ])
  expect(await attempts(on, 1, 'sip:alice@example.com', 'secret', '192.0.2.1')).toEqual(['too-many-failures'])
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['too-many-failures'])
})

it('HOST-S5: who was unlocked, whoever said so, is let in at the next request, at his address too, once', async () => {
  const on = fixture(accounts)
  await attempts(on, 10, 'alice', 'wrong', '192.0.2.1')
  on.unlocked.push('bob')
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['too-many-failures'])
  on.unlocked.push('alice@example.com')
  expect(await attempts(on, 1, 'alice', 'wrong', '192.0.2.1')).toEqual(['unauthenticated'])
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['authenticated'])
  expect(await attempts(on, 11, 'alice', 'wrong', '192.0.2.1')).toContain('too-many-failures')
})

it('HOST-D3: nobody locks out another user, nor the same one elsewhere', async () => {
  const on = fixture(accounts)
  await attempts(on, 10, 'alice', 'wrong', '192.0.2.1')
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['too-many-failures'])
  expect(await attempts(on, 1, 'bob', 'other', '192.0.2.1')).toEqual(['authenticated'])
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.2')).toEqual(['authenticated'])
})

it('HOST-D4: an unknown user is throttled like a known one', async () => {
  const on = fixture(accounts)
  expect(await attempts(on, 12, 'alice', 'wrong', '192.0.2.1')).toEqual([
    ...failures(10),
    'too-many-failures',
    'too-many-failures',
  ])
  expect(await attempts(on, 12, 'nobody', 'wrong', '192.0.2.2')).toEqual([
    ...failures(10),
    'too-many-failures',
    'too-many-failures',
  ])
})

it('HOST-D3: a hundred failures at one address are enough for it, whichever users they name', async () => {
  const on = fixture(accounts)
  for (let user = 0; user < 100; user += 1)
    expect(await attempts(on, 1, `user${user}`, 'x', '2001:db8::1')).toEqual(['unauthenticated'])
  expect(await attempts(on, 1, 'alice', 'secret', '2001:db8::2')).toEqual(['too-many-failures'])
  expect(await attempts(on, 1, 'alice', 'secret', '2001:db8:0:1::2')).toEqual(['authenticated'])
})

it('HOST-D3: who has logged in from an address before is not kept out by the failures of others there, only by his own', async () => {
  const on = fixture(accounts)
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['authenticated'])
  for (let user = 0; user < 100; user += 1) await attempts(on, 1, `user${user}`, 'x', '192.0.2.1')
  expect(await attempts(on, 1, 'bob', 'other', '192.0.2.1')).toEqual(['too-many-failures'])
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['authenticated'])
  expect(await attempts(on, 11, 'alice', 'wrong', '192.0.2.1')).toEqual(Array<string>(11).fill('too-many-failures'))
  expect(await attempts(on, 1, 'alice', 'secret', '192.0.2.1')).toEqual(['too-many-failures'])
})

it('HOST-D3: attempts made at once do not get round it', async () => {
  const on = fixture(accounts)
  const client = new DigestClient({ user: 'alice', password: 'wrong' })
  client.learn(headersOf(await on.ask(undefined)))
  const outcomes = await Promise.all(Array.from({ length: 30 }, () => on.ask(client.authorization('GET', '/a'))))
  expect(outcomes.filter(({ kind }) => kind === 'unauthenticated')).toHaveLength(10)
  expect(outcomes.filter(({ kind }) => kind === 'too-many-failures')).toHaveLength(20)
})

it('HOST-D3: no credentials, a stale nonce, a replay and another scheme are no failures', async () => {
  const on = fixture(accounts, { failuresOfUser: 1, failuresOfAddress: 1 })
  const client = new DigestClient({ user: 'alice', password: 'secret' })
  for (let count = 0; count < 5; count += 1) client.learn(headersOf(await on.ask(undefined)))
  expect((await on.ask('Bearer x')).kind).toBe('unauthenticated')
  const header = client.authorization('GET', '/a')
  expect((await on.ask(header)).kind).toBe('authenticated')
  expect((await on.ask(header)).kind).toBe('unauthenticated')
  on.now += 300_000
  for (let count = 0; count < 5; count += 1)
    expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('unauthenticated')
  client.learn(headersOf(await on.ask(undefined)))
  expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('authenticated')
})

it('HOST-D3: says when to come back, and lets one attempt in after each tenth of the window', async () => {
  const on = fixture(accounts, { window: 120_000 })
  await attempts(on, 10, 'alice', 'wrong', '192.0.2.1')
  const client = new DigestClient({ user: 'alice', password: 'secret' })
  client.learn(headersOf(await on.ask(undefined)))
  on.now += 2_500
  expect(await on.ask(client.authorization('GET', '/a'))).toEqual({
    kind: 'too-many-failures',
    detail: 'Too many attempts to log in have failed.',
    retryAfter: 10,
  })
  on.now += 9_500
  expect((await on.ask(client.authorization('GET', '/a'))).kind).toBe('authenticated')
  expect(await attempts(on, 2, 'alice', 'wrong', '192.0.2.1')).toEqual(['unauthenticated', 'too-many-failures'])
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('RFC 4291 §2.5.4: %s counts as %s', (address, block) => {
  expect(addressBlock(address)).toBe(block)
})
