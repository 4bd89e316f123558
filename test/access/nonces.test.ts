import { describe, expect, it } from 'vitest'
import { createNonces } from '../../src/access/nonces.ts'

describe('RFC 7616 §5.4: nonces are remembered within bounds, and what is forgotten is not good again', () => {
  const time = { now: 1_000_000 }
  const create = () =>
    createNonces({ now: () => time.now, at: () => () => undefined }, (count) => new Uint8Array(count).fill(7), 300_000)

  it('HOST-D1: a used nonce that was pushed out by others cannot be replayed', () => {
    const nonces = create()
    const first = nonces.issue()
    expect(nonces.use(first, 1, 'alice').kind).toBe('accepted')
    time.now += 1
    let last = ''
    let accepted = 0
    for (let count = 0; count < 100_000; count += 1) {
      last = nonces.issue()
      if (nonces.use(last, 1, 'alice').kind === 'accepted') accepted += 1
    }
    expect(accepted).toBe(100_000)
    expect(nonces.use(first, 1, 'alice')).toEqual({ kind: 'stale' })
    expect(nonces.use(first, 2, 'alice')).toEqual({ kind: 'stale' })
    expect(nonces.use(last, 1, 'alice')).toEqual({ kind: 'replayed' })
    expect(nonces.use(last, 2, 'alice')).toEqual({ kind: 'accepted', next: undefined })
  }, 120_000)

  it('HOST-D1: a flood of challenges stores nothing', () => {
    const nonces = create()
    const first = nonces.issue()
    expect(nonces.use(first, 1, 'alice').kind).toBe('accepted')
    const seen = new Set<string>()
    for (let count = 0; count < 150_000; count += 1) seen.add(nonces.issue())
    expect(seen.size).toBe(150_000)
    expect(nonces.use(first, 1, 'alice')).toEqual({ kind: 'replayed' })
    expect(nonces.use(first, 2, 'alice').kind).toBe('accepted')
  })

  it('RFC 7616 §3.3: expired is expired, also for a nonce whose counts are remembered, and when room was made', () => {
    const nonces = create()
    const [first, second] = [nonces.issue(), nonces.issue()]
    expect(nonces.use(first, 1, 'alice').kind).toBe('accepted')
    time.now += 300_000
    expect(nonces.use(first, 2, 'alice')).toEqual({ kind: 'stale' })
    expect(nonces.use(second, 1, 'alice')).toEqual({ kind: 'stale' })
    expect(nonces.use(nonces.issue(), 1, 'alice').kind).toBe('accepted')
    expect(nonces.use(first, 1, 'alice')).toEqual({ kind: 'stale' })
  })
})

it('RFC 7616 §3.3: servers with one key take each other’s nonces, and never give the same one; others do not', () => {
  let drawn = 0
  const clock = { now: () => 1_000_000, at: () => () => undefined }
  const random = (count: number): Uint8Array => new Uint8Array(count).fill((drawn += 1))
  const key = new Uint8Array(32).fill(9)
  const [one, two, other] = [
    createNonces(clock, random, 300_000, { shared: key }),
    createNonces(clock, random, 300_000, { shared: key }),
    createNonces(clock, random, 300_000),
  ]
  const nonce = one.issue()
  expect(two.use(nonce, 1, 'alice').kind).toBe('accepted')
  expect(two.use(nonce, 1, 'alice')).toEqual({ kind: 'replayed' })
  expect(other.use(nonce, 1, 'alice')).toEqual({ kind: 'stale' })
  expect(new Set([one.issue(), two.issue()]).size).toBe(2)
})

it('HOST-D1: beside workers a count that comes behind a thousand others is still taken, once; one further back is not', () => {
  const clock = { now: () => 1_000_000, at: () => () => undefined }
  const random = (count: number): Uint8Array => new Uint8Array(count).fill(7)
  const nonces = createNonces(clock, random, 300_000, { shared: new Uint8Array(32).fill(9), goodSince: 999_999 })
  const nonce = nonces.issue()
  expect(nonces.use(nonce, 1_100, 'alice').kind).toBe('accepted')
  expect(nonces.use(nonce, 77, 'alice').kind).toBe('accepted')
  expect(nonces.use(nonce, 77, 'alice')).toEqual({ kind: 'replayed' })
  expect(nonces.use(nonce, 76, 'alice')).toEqual({ kind: 'replayed' })
})
