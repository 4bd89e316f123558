/** RFC 8292: who sends, to a push service that knows nobody. One key for the whole server, made at its first start. */
import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto'
import type { Instant } from '../clock.ts'

export interface Vapid {
  /** The uncompressed point in base64url, RFC 8292 §3.2. */
  readonly publicKey: string
  /** The value of `Authorization` for a push resource. */
  authorization(endpoint: string, now: Instant): Promise<string>
}

/** RFC 8292 §2: no more than 24 hours; half of it leaves room for clocks that differ. */
const LIFETIME_SECONDS = 12 * 3600

/** Of a coordinate and of the private number of P-256 (RFC 7518 §6.2). */
const COORDINATE_BYTES = 32

/**
 * A new key, a JWK as text to be kept secret. It is put together here: Node 20 waits for ever where it exports a pair
 * that it has just generated while V8 collects the work that generated it.
 */
export function makeVapidKey(): string {
  const pair = createECDH('prime256v1')
  const point = pair.generateKeys()
  const coordinate = (from: number): string => point.toString('base64url', from, from + COORDINATE_BYTES)
  // The number comes without the zeros in front.
  const d = pair.getPrivateKey('hex').padStart(2 * COORDINATE_BYTES, '0')
  return JSON.stringify({
    kty: 'EC',
    crv: 'P-256',
    x: coordinate(1),
    y: coordinate(1 + COORDINATE_BYTES),
    d: Buffer.from(d, 'hex').toString('base64url'),
  })
}

/** @param contact `mailto:` or `https:` (RFC 8292 §2.1): whom the push service writes to when something is wrong. */
export function createVapid(key: string, contact: string | undefined): Vapid {
  const jwk = JSON.parse(key) as { readonly x: string; readonly y: string }
  const privateKey: KeyObject = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicKey = Buffer.concat([
    Buffer.of(4),
    Buffer.from(jwk.x, 'base64url'),
    Buffer.from(jwk.y, 'base64url'),
  ]).toString('base64url')
  return {
    publicKey,
    async authorization(endpoint, now) {
      // Only a browser's push service asks for tokens, so the library is read with the first.
      const { SignJWT } = await import('jose')
      const token = await new SignJWT({
        aud: new URL(endpoint).origin,
        ...(contact === undefined ? {} : { sub: contact }),
        exp: Math.floor(now / 1000) + LIFETIME_SECONDS,
      })
        .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
        .sign(privateKey)
      return `vapid t=${token}, k=${publicKey}`
    },
  }
}
