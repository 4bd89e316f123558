import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createPositionIds } from '../../src/feed/ids.ts'

const ids = createPositionIds(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'))

it('X19: a position has one id, which gives the position back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (position) => {
      expect(ids.positionOf(ids.idOf(position))).toBe(position)
      expect(ids.idOf(position)).toMatch(/^[A-Za-z0-9_-]{22}$/)
    }),
  )
  // By openssl enc -aes-128-ecb: an id that was given yesterday means the same tomorrow.
  expect(ids.idOf(1)).toBe('ExiaauSrB65wo6q9ML6Z3g')
})

it('X19: an id tells nothing: neighbours have nothing in common', () => {
  const shown = Array.from({ length: 200 }, (_, position) => Buffer.from(ids.idOf(position), 'base64url'))
  const sameBytes = shown.slice(1).map((id, at) => id.filter((byte, index) => byte === shown[at]?.[index]).length)
  expect(Math.max(...sameBytes)).toBeLessThanOrEqual(4)
  const sorted = [...shown].sort(Buffer.compare)
  expect(sorted).not.toEqual(shown)
})

it('X19: what was never given is recognised, also in another spelling', () => {
  const id = ids.idOf(77)
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const respelled = id.slice(0, -1) + last[last.indexOf(id.slice(-1)) ^ 1]
  for (const never of [
    '',
    '77',
    id.slice(1),
    `${id}A`,
    `${id}==`,
    ` ${id}`,
    respelled,
    'A'.repeat(22),
    createPositionIds(Buffer.alloc(16)).idOf(77),
  ]) {
    expect(ids.positionOf(never)).toBeUndefined()
  }
  // One block in 2,048 decrypts to a number that could be a position: the eight bytes of zero tell.
  const guesses = Array.from({ length: 20_000 }, (_, n) =>
    createHash('sha256').update(String(n)).digest().subarray(0, 16).toString('base64url'),
  )
  expect(guesses.filter((guess) => ids.positionOf(guess) !== undefined)).toEqual([])
})
