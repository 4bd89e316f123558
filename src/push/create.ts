/** C2: tells devices through their push service or their webhook that something waits. */
import type { Clock, Randomness } from '../clock.ts'
import { NotAdmitted, type Posted, type Posting } from '../outbound/post.ts'
import { signedFields, webhookSecret } from '../outbound/signed.ts'
import type { Push, PushAddress, PushAttempted, PushWork } from '../participating/contracts/push.ts'
import type { Vapid } from './vapid.ts'
import { refusalOfKeys, sendWebPush } from './web-push.ts'

export interface PushRooms {
  readonly posting: Posting
  readonly vapid: Vapid
  readonly clock: Clock
  readonly random: Randomness
}

export function createPush(rooms: PushRooms): Push {
  const { posting, vapid, clock } = rooms
  const refusalOf = (address: PushAddress): string | undefined =>
    address.kind === 'webhook'
      ? posting.refusalOf(address.url)
      : (posting.refusalOf(address.endpoint) ?? refusalOfKeys(address))
  const send = ({ id, address, content, until }: PushWork, signal: AbortSignal): Promise<Posted> => {
    if (address.kind === 'web-push') return sendWebPush(rooms, address, { id, address, content, until }, signal)
    const body = JSON.stringify(content)
    const headers = { 'content-type': 'application/json', ...signedFields(address.secret, id, clock.now(), body) }
    return posting.post(address.url, headers, Buffer.from(body), signal)
  }
  return {
    publicKey: vapid.publicKey,
    refusalOf,
    webhookSecret: () => webhookSecret(rooms.random),
    async push(work, signal) {
      const refusal = refusalOf(work.address)
      if (refusal !== undefined) return { kind: 'never', because: refusal }
      if (work.until <= clock.now()) return { kind: 'never', because: 'There is nothing to tell any more.' }
      try {
        return attempted(await send(work, signal))
      } catch (error) {
        if (error instanceof NotAdmitted) return { kind: 'never', because: error.message }
        return { kind: 'again', because: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

/**
 * RFC 8030 §7.3: a resource that is gone stays gone. Too much at once and trouble of the service pass; any other
 * refusal is of this work.
 */
function attempted({ status, retryAfter }: Posted): PushAttempted {
  if (status >= 200 && status < 300) return { kind: 'done' }
  if (status === 404 || status === 410) return { kind: 'gone' }
  const because = `The service answered ${status}.`
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: 'again', because, ...(retryAfter === undefined ? {} : { after: retryAfter }) }
  return { kind: 'never', because }
}
