/**
 * Who shuts whom out, where all ask from one address: failures slow down who guesses, and nobody who proves himself.
 */
import { expect, it } from 'vitest'
import type { Xui } from '../../src/names.ts'
import { DigestClient } from './digest-client.ts'
import { account, ALICE, BOB, challengesOf, headersOf, fixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'

const PF = 'sip:pf@example.com' as Xui
const accounts = [account(ALICE, 'secret'), account(BOB, 'other'), account(PF, 'pf-secret', 'participating-function')]

async function client(on: Fixture, user: string, password: string): Promise<DigestClient> {
  const made = new DigestClient({ user, password })
  made.learn(headersOf(await on.ask(undefined)))
  return made
}

async function once(on: Fixture, asking: DigestClient): Promise<string> {
  const outcome = await on.ask(asking.authorization('GET', '/a'))
  asking.learn(headersOf(outcome.kind === 'too-many-failures' ? await on.ask(undefined) : outcome))
  return outcome.kind
}

async function guesses(on: Fixture, user: string, count: number): Promise<string[]> {
  const guesser = await client(on, user, 'wrong')
  const kinds: string[] = []
  for (let made = 0; made < count; made += 1) kinds.push((await on.ask(guesser.authorization('GET', '/a'))).kind)
  return kinds
}

it('HOST-S5: guesses in his name shut out neither who has a nonce for his password nor a participating function', async () => {
  const on = fixture(accounts)
  const alice = await client(on, 'alice', 'secret')
  expect(await once(on, alice)).toBe('authenticated')
  for (const name of ['alice', 'pf']) expect((await guesses(on, name, 11)).at(-1)).toBe('too-many-failures')
  expect(await once(on, alice)).toBe('authenticated')
  on.now += 7_200_000
  for (const name of ['alice', 'pf']) expect((await guesses(on, name, 11)).at(-1)).toBe('too-many-failures')
  const stale = await on.ask(alice.authorization('GET', '/a'))
  expect(challengesOf(stale)[0]).toMatch(/, stale=true$/)
  alice.learn(headersOf(stale))
  expect(await once(on, alice)).toBe('authenticated')
  expect(await once(on, await client(on, 'pf', 'pf-secret'))).toBe('authenticated')
})

it('HOST-S5: a client that takes no nextnonce goes on with the nonce that it has used well', async () => {
  const on = fixture(accounts)
  const alice = await client(on, 'alice', 'secret')
  for (const expected of ['authenticated', 'authenticated']) {
    expect((await on.ask(alice.authorization('GET', '/a'))).kind).toBe(expected)
    await guesses(on, 'alice', 11)
  }
})

it('HOST-S5: a nonce proves nothing for another user, nor one that was made up', async () => {
  const on = fixture(accounts, { failuresOfUser: 1 })
  const alice = await client(on, 'alice', 'secret')
  expect(await once(on, alice)).toBe('authenticated')
  const proof = /nonce="([^"]+)"/.exec(alice.authorization('GET', '/a') ?? '')?.[1] ?? ''
  for (const nonce of [proof, `A${proof.slice(1)}`]) {
    const guesser = new DigestClient({ user: 'bob', password: 'wrong' })
    guesser.learn({ 'www-authenticate': `Digest realm="example.com", algorithm=SHA-256, nonce="${nonce}"` })
    const kinds = [guesser, guesser].map(async (each) => (await on.ask(each.authorization('GET', '/a'))).kind)
    expect((await Promise.all(kinds)).at(-1)).toBe('too-many-failures')
  }
})

it('HOST-S6: when failures are too many, each wrong password gets the same answer, whoever is known there or exists', async () => {
  const on = fixture(accounts)
  expect(await once(on, await client(on, 'alice', 'secret'))).toBe('authenticated')
  for (let user = 0; user < 100; user += 1) await guesses(on, `user${user}`, 1)
  for (const name of ['alice', 'bob', 'pf', 'nobody']) {
    const guesser = await client(on, name, 'wrong')
    expect(await on.ask(guesser.authorization('GET', '/a'))).toEqual({
      kind: 'too-many-failures',
      detail: 'Too many attempts to log in have failed.',
      retryAfter: 3,
    })
  }
})

it('HOST-M1: of guesses made at once no more are judged than of guesses made one after the other, the right one included', async () => {
  const on = fixture(accounts)
  const guesser = await client(on, 'alice', 'wrong')
  const right = await client(on, 'alice', 'secret')
  const asked = Array.from({ length: 159 }, () => on.ask(guesser.authorization('GET', '/a')))
  const kinds = (await Promise.all([...asked, on.ask(right.authorization('GET', '/a'))])).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'unauthenticated')).toHaveLength(10)
  expect(kinds.filter((kind) => kind === 'too-many-failures')).toHaveLength(150)
})

it('HOST-M1: requests of an honest client that come at once are all let in', async () => {
  const on = fixture(accounts, { failuresOfUser: 2, failuresOfAddress: 3 })
  const alice = await client(on, 'alice', 'secret')
  const asked = Array.from({ length: 60 }, () => on.ask(alice.authorization('GET', '/a')))
  expect(new Set((await Promise.all(asked)).map(({ kind }) => kind))).toEqual(new Set(['authenticated']))
})

it('HOST-B8: one exchange with one wrong password is one failure, six tries long; the seventh begins another', async () => {
  const on = fixture(accounts, { failuresOfUser: 2 })
  const urllib = await client(on, 'alice', 'wrong')
  const kinds: string[] = []
  for (let tried = 0; tried < 12; tried += 1) kinds.push(await once(on, urllib))
  expect(kinds).toEqual(Array<string>(12).fill('unauthenticated'))
  expect(await once(on, urllib)).toBe('too-many-failures')
})

it('HOST-B8: the tries of an exchange are its own: no other user’s, and each challenge is good for one', async () => {
  const on = fixture(accounts, { failuresOfUser: 1 })
  const failing = await client(on, 'alice', 'wrong')
  expect(await once(on, failing)).toBe('unauthenticated')
  const twice = [failing.authorization('GET', '/a'), failing.authorization('GET', '/a')]
  const kinds = await Promise.all(twice.map(async (header) => (await on.ask(header)).kind))
  expect(kinds).toEqual(['unauthenticated', 'too-many-failures'])
})
