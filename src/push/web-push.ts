/**
 * RFC 8030 with the encryption of RFC 8291: what is said to a browser through its maker's push service, which cannot
 * read it.
 */
import { createECDH, createHash } from 'node:crypto'
import type { Clock, Randomness } from '../clock.ts'
import type { Posted, Posting } from '../outbound/post.ts'
import type { Pushed, PushAddress, PushWork } from '../participating/contracts/push.ts'
import type { Vapid } from './vapid.ts'

export type WebPushAddress = Extract<PushAddress, { readonly kind: 'web-push' }>

/** RFC 8291 §4: a service takes 4096 bytes, of which encryption needs 103. */
const PLAIN_AT_MOST = 3_993
const POINT_BYTES = 65
const SECRET_BYTES = 16
const SALT_BYTES = 16

export function refusalOfKeys({ p256dh, auth }: WebPushAddress): string | undefined {
  const point = Buffer.from(p256dh, 'base64url')
  if (point.length !== POINT_BYTES || point[0] !== 4) return 'p256dh is no uncompressed point of P-256.'
  try {
    const probe = createECDH('prime256v1')
    probe.generateKeys()
    probe.computeSecret(point)
  } catch {
    return 'p256dh is no point of P-256.'
  }
  return Buffer.from(auth, 'base64url').length === SECRET_BYTES ? undefined : 'auth is no secret of 16 bytes.'
}

export async function sendWebPush(
  rooms: { readonly posting: Posting; readonly vapid: Vapid; readonly clock: Clock; readonly random: Randomness },
  address: WebPushAddress,
  work: PushWork,
  signal: AbortSignal,
): Promise<Posted> {
  const now = rooms.clock.now()
  const own = createECDH('prime256v1')
  own.generateKeys()
  // Read with the first browser that is told something.
  const { default: ece } = await import('http_ece')
  const body = ece.encrypt(Buffer.from(fitting(work.content)), {
    version: 'aes128gcm',
    privateKey: own,
    dh: address.p256dh,
    authSecret: address.auth,
    salt: Buffer.from(rooms.random(SALT_BYTES)).toString('base64url'),
  })
  const headers = {
    authorization: await rooms.vapid.authorization(address.endpoint, now),
    'content-type': 'application/octet-stream',
    'content-encoding': 'aes128gcm',
    ttl: String(Math.max(0, Math.ceil((work.until - now) / 1000))),
    urgency: 'normal',
    topic: topicOf(work),
  }
  return rooms.posting.post(address.endpoint, headers, body, signal)
}

/**
 * RFC 8030 §5.4: what comes under the same topic takes the place of what waits at the service. The newest summary is
 * the only true one.
 */
function topicOf({ id, content }: PushWork): string {
  if (content.kind === 'deferred-summary') return 'deferred-summary'
  return createHash('sha256').update(id).digest('base64url').slice(0, 32)
}

/** What is too long is said shorter: how many wait and of whom, in the end how many. */
function fitting(content: Pushed): string {
  let short = content
  for (;;) {
    const text = JSON.stringify(short)
    if (Buffer.byteLength(text) <= PLAIN_AT_MOST) return text
    short =
      short.kind === 'deferred'
        ? { kind: 'deferred-summary', waiting: short.messages.length, from: sendersOf(short) }
        : { ...short, from: short.from.slice(0, Math.floor(short.from.length / 2)) }
  }
}

function sendersOf({ messages }: Extract<Pushed, { readonly kind: 'deferred' }>): readonly string[] {
  return [...new Set(messages.flatMap(({ from }) => from ?? []))]
}
