/** One POST to a target: a challenge, or an event. Signed after Standard Webhooks. */
import { createHash } from 'node:crypto'
import { identifier, instantText, type Clock, type Instant, type Randomness } from '../../clock.ts'
import type { FeedEvent } from '../../feed/changes.ts'
import type { Posted, Posting } from '../../outbound/post.ts'
import { signedFields } from '../../outbound/signed.ts'
import type { Subscription } from './subscription.ts'

export type AttemptOutcome =
  | { readonly kind: 'taken' }
  /** @param wait milliseconds that the target asked for. */
  | { readonly kind: 'failed'; readonly error: string; readonly wait: number }
  /** 410: the target wants nothing any more. */
  | { readonly kind: 'gone' }

export interface Attempts {
  challenge(subscription: Subscription, signal: AbortSignal): Promise<AttemptOutcome>
  deliver(subscription: Subscription, event: Delivery, signal: AbortSignal): Promise<AttemptOutcome>
}

/** What is delivered, under the same id each time. */
export interface Delivery {
  readonly id: string
  readonly type: string
  readonly timestamp: Instant
  /** JSON text. */
  readonly data: string
  /** In place of JSON, a document of RFC 5874. */
  readonly xcapDiff: string | undefined
}

export interface AttemptParts {
  readonly posting: Posting
  readonly clock: Clock
  readonly random: Randomness
  /** Milliseconds. */
  readonly atMost: number
}

const JSON_TYPE = 'application/json'
const XCAP_DIFF_TYPE = 'application/xcap-diff+xml'

export function createAttempts({ posting, clock, random, atMost }: AttemptParts): Attempts {
  const post = async (
    { url, secret }: Subscription,
    id: string,
    type: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Posted> => {
    const late = new AbortController()
    const disarm = clock.at(clock.now() + atMost, () => late.abort(new Error(`no answer within ${atMost} ms`)))
    try {
      const headers = { 'content-type': type, ...signedFields(secret, id, clock.now(), body) }
      return await posting.post(url, headers, Buffer.from(body), AbortSignal.any([signal, late.signal]))
    } catch (error) {
      throw late.signal.aborted ? late.signal.reason : error
    } finally {
      disarm()
    }
  }

  return {
    async challenge(subscription, signal) {
      const challenge = identifier(random, 24)
      const body = JSON.stringify({ type: 'challenge', challenge })
      return outcomeOf(async () => {
        const posted = await post(subscription, `challenge_${challenge}`, JSON_TYPE, body, signal)
        if (isTaken(posted) && !answers(posted.text, challenge)) return failure('It did not answer the challenge.')
        return classified(posted)
      })
    },
    deliver(subscription, { id, type, timestamp, data, xcapDiff }, signal) {
      const body = xcapDiff ?? `{"id":"${id}","type":"${type}","timestamp":"${instantText(timestamp)}","data":${data}}`
      const contentType = xcapDiff === undefined ? JSON_TYPE : XCAP_DIFF_TYPE
      return outcomeOf(async () => classified(await post(subscription, id, contentType, body, signal)))
    },
  }
}

async function outcomeOf(work: () => Promise<AttemptOutcome>): Promise<AttemptOutcome> {
  try {
    return await work()
  } catch (error) {
    return failure(error instanceof Error ? error.message : 'It could not be reached.')
  }
}

function classified(posted: Posted): AttemptOutcome {
  if (isTaken(posted)) return { kind: 'taken' }
  if (posted.status === 410) return { kind: 'gone' }
  return { kind: 'failed', error: `It answered ${posted.status}.`, wait: posted.retryAfter ?? 0 }
}

const isTaken = ({ status }: Posted): boolean => status >= 200 && status < 300

function failure(error: string): AttemptOutcome {
  return { kind: 'failed', error, wait: 0 }
}

function answers(text: string, challenge: string): boolean {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null && 'challenge' in answer && answer.challenge === challenge
  } catch {
    return false
  }
}

/** What is present has no place among the changes; the same is told under the same id all the same. */
export function deliveryOf({ id, event, data, record }: FeedEvent): Delivery {
  const xcapDiff = event === 'xcap-diff' ? (JSON.parse(data) as { readonly xcapDiff: string }).xcapDiff : undefined
  return { id: id ?? hashOf(data), type: record.kind, timestamp: record.at, data, xcapDiff }
}

function hashOf(data: string): string {
  return `present_${createHash('sha256').update(data).digest('base64url').slice(0, 22)}`
}
