/**
 * The header fields of a webhook after Standard Webhooks: who has the secret knows that it is from us, when, and
 * whether he has seen it.
 */
import { Webhook } from 'standardwebhooks'
import type { Instant, Randomness } from '../clock.ts'

/** Standard Webhooks asks for 24 to 64 bytes. */
const SECRET_BYTES = 32

export function webhookSecret(random: Randomness): string {
  return `whsec_${Buffer.from(random(SECRET_BYTES)).toString('base64')}`
}

/** @param id the same each time that the same is sent. */
export function signedFields(secret: string, id: string, at: Instant, body: string): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
  }
}
