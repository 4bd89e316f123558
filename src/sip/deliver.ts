/**
 * Which way something goes to a device: what is delivered as it comes by MESSAGE, what waited and what is large over a
 * session (C5).
 */
import type { Deliver, Offered } from './device-inbox.ts'
import type { SessionPush } from './push.ts'

/** RFC 3428 §8: a MESSAGE has at most 1300 bytes, where its way is not known; the rest of that are its headers. */
const MESSAGE_BYTES_AT_MOST = 1300
/** Devices that said that they take no session; a device may have been given a new program meanwhile. */
const REMEMBERED_AT_MOST = 10_000

export function createDeliver(byMessage: Deliver, push: SessionPush): Deliver {
  const takesNoSession = new Set<string>()
  return async (to, offered, became) => {
    const [first] = offered
    if (first === undefined) return
    if (takesNoSession.has(to.contact) || !wantsSession(first)) {
      await byMessage(to, [first], became)
      return
    }
    const end = offered.findIndex((one) => !wantsSession(one))
    if (await push(to, end < 0 ? offered : offered.slice(0, end), became)) return
    if (takesNoSession.size >= REMEMBERED_AT_MOST) takesNoSession.clear()
    takesNoSession.add(to.contact)
    await byMessage(to, [first], became)
  }
}

function wantsSession({ event }: Offered): boolean {
  if (event.event !== 'message') return false
  return event.waited || event.data.body.length > MESSAGE_BYTES_AT_MOST
}
