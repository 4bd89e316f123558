import { expect, it } from 'vitest'
import { createAttempts, type Delivery } from '../../src/notify/webhooks/attempt.ts'
import type { Subscription } from '../../src/notify/webhooks/subscription.ts'
import type { Posted, Posting } from '../../src/outbound/post.ts'
import { createHandClock } from '../store/hand-clock.ts'

const SUBSCRIPTION = { url: 'https://hooks.example.com/', secret: `whsec_${'A'.repeat(44)}` } as unknown as Subscription
const DELIVERY: Delivery = { id: 'e1', type: 'change', timestamp: 0, data: '{}', xcapDiff: undefined }
const never = new AbortController().signal

function attemptsAt(post: Posting['post']) {
  const clock = createHandClock()
  const posting: Posting = { refusalOf: () => undefined, post, close: () => {} }
  const random = (count: number): Uint8Array => new Uint8Array(count).fill(7)
  return { clock, attempts: createAttempts({ posting, clock, random, atMost: 10_000 }) }
}

const answered = (status: number, retryAfter?: number) => async (): Promise<Posted> => ({
  status,
  retryAfter,
  text: '',
})

it('HOST-SSRF3: a target that never answers has failed after ten seconds, and what was begun is given up', async () => {
  let given: AbortSignal | undefined
  const { clock, attempts } = attemptsAt(
    (_, __, ___, signal) =>
      new Promise((_resolve, reject) => {
        given = signal
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
  )
  const outcome = attempts.deliver(SUBSCRIPTION, DELIVERY, never)
  clock.move(9_999)
  expect(given?.aborted).toBe(false)
  clock.move(1)
  expect(await outcome).toEqual({ kind: 'failed', error: 'no answer within 10000 ms', wait: 0 })
  expect(clock.next()).toBeUndefined()
})

it.each([
  [200, { kind: 'taken' }],
  [299, { kind: 'taken' }],
  [301, { kind: 'failed', error: 'It answered 301.', wait: 0 }],
  [410, { kind: 'gone' }],
  [503, { kind: 'failed', error: 'It answered 503.', wait: 90_000 }],
])('api §Subscriptions: what a target says with %i', async (status, expected) => {
  const { attempts } = attemptsAt(answered(status, status === 503 ? 90_000 : undefined))
  expect(await attempts.deliver(SUBSCRIPTION, DELIVERY, never)).toEqual(expected)
})

it('api §Subscriptions: the same is delivered under the same id, signed, with the time of the attempt', async () => {
  const sent: Readonly<Record<string, string>>[] = []
  const { clock, attempts } = attemptsAt(async (_, headers) => {
    sent.push(headers)
    return { status: 500, retryAfter: undefined, text: '' }
  })
  await attempts.deliver(SUBSCRIPTION, DELIVERY, never)
  clock.move(60_000)
  await attempts.deliver(SUBSCRIPTION, DELIVERY, never)
  expect(sent.map((headers) => headers['webhook-id'])).toEqual(['e1', 'e1'])
  expect(Number(sent[1]?.['webhook-timestamp']) - Number(sent[0]?.['webhook-timestamp'])).toBe(60)
  expect(new Set(sent.map((headers) => headers['webhook-signature'])).size).toBe(2)
})
