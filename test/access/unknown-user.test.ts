import { expect, it, vi } from 'vitest'
import { DigestClient } from './digest-client.ts'
import { account, ALICE, headersOf, fixture } from './fixture.ts'
import type { Outcome } from './fixture.ts'

/** Every hash, MAC and comparison of the server, in its order; what is computed stays node's. */
const work = vi.hoisted((): string[] => [])
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>()
  return {
    ...crypto,
    hash: (algorithm: string, data: Uint8Array, encoding: 'hex') => {
      work.push(`${algorithm} of ${data.length} bytes`)
      return crypto.hash(algorithm, data, encoding)
    },
    createHmac: (algorithm: string, key: Uint8Array) => {
      work.push(`hmac ${algorithm}`)
      return crypto.createHmac(algorithm, key)
    },
    timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
      work.push(`comparison of ${one.length} bytes`)
      return crypto.timingSafeEqual(one, other)
    },
  }
})

async function attempt(
  user: string,
  password: string,
  algorithm: 'SHA-256' | 'MD5',
): Promise<{ outcome: Outcome; work: string[]; lookups: number }> {
  const on = fixture([account(ALICE, 'secret')])
  const client = new DigestClient({ user, password, algorithm, cnonce: () => 'c' })
  client.learn(headersOf(await on.ask(undefined)))
  const header = client.authorization('GET', '/a')
  work.length = 0
  const outcome = await on.ask(header)
  return { outcome, work: [...work], lookups: on.lookups.length }
}

it.each([
  [
    'SHA-256',
    [
      'hmac sha256',
      'comparison of 16 bytes',
      'sha256 of 6 bytes',
      'sha256 of 184 bytes',
      'comparison of 64 bytes',
      'hmac sha256',
    ],
  ],
  [
    'MD5',
    [
      'hmac sha256',
      'comparison of 16 bytes',
      'md5 of 6 bytes',
      'md5 of 120 bytes',
      'comparison of 32 bytes',
      'hmac sha256',
    ],
  ],
] as const)(
  'HOST-D4: an unknown user and a wrong password get the same bytes for the same work (%s)',
  async (algorithm, steps) => {
    const wrong = await attempt('sip:alice@example.com', 'wrong', algorithm)
    const unknown = await attempt('sip:niemo@example.com', 'secret', algorithm)
    expect(wrong.outcome.kind).toBe('unauthenticated')
    expect(unknown).toEqual(wrong)
    expect(wrong.work).toEqual(steps)
    expect(wrong.lookups).toBe(1)
  },
)
