import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { createVapid, makeVapidKey } from '../../src/push/vapid.ts'

it('RFC 7518 §6.2, RFC 8292 §3.2: a key has all its bytes, zeros in front too, and signs as its public half says', () => {
  // Of 256 private numbers one begins with a zero.
  for (let count = 0; count < 3_000; count++) {
    const jwk = JSON.parse(makeVapidKey()) as Record<'x' | 'y' | 'd', string>
    expect([jwk.x, jwk.y, jwk.d].map(({ length }) => length)).toEqual([43, 43, 43])
  }
  const jwk = JSON.parse(makeVapidKey()) as Record<string, string>
  expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256' })
  const { d, ...half } = jwk
  const signature = sign('sha256', Buffer.from('text'), createPrivateKey({ key: jwk, format: 'jwk' }))
  expect(d).toHaveLength(43)
  expect(verify('sha256', Buffer.from('text'), createPublicKey({ key: half, format: 'jwk' }), signature)).toBe(true)
  expect(createVapid(JSON.stringify(jwk), undefined).publicKey).toMatch(/^B[\w-]{86}$/)
})
