/** MESSAGE to one device of a user (P3): by its GRUU or contact, so that each device answers for itself. */
import type { Clock } from '../clock.ts'
import { ANONYMOUS } from '../names.ts'
import { LATE_MS, type Deliver, type DeviceAnswer } from './device-inbox.ts'
import { contentFor } from './outgoing-content.ts'
import type { SipPort } from './port.ts'

interface MessageOutRooms {
  readonly port: Pick<SipPort, 'send'>
  readonly ownAddress: string
  readonly clock: Clock
}

/** What a device will not take another time either, RFC 3261 §21.4, §21.6. */
const FOR_GOOD = new Set([400, 405, 406, 413, 414, 415, 416, 420, 488, 493, 501, 505, 513, 603, 606])

/** The first of what waits, as a request of its own. */
export function createMessageOut({ port, ownAddress, clock }: MessageOutRooms): Deliver {
  return async ({ owner, contact }, [one], became) => {
    if (one === undefined) return
    if (clock.now() - one.at > LATE_MS && !(await one.isStillGood())) {
      await became(one, 'withdrawn')
      return
    }
    const { from, to, body } = contentFor(one.event, owner, ownAddress)
    const response = await port.send({
      method: 'MESSAGE',
      uri: contact,
      from: from ?? ANONYMOUS,
      to,
      headers: [
        // RFC 3325 §9.1: to who hides, the assertion is for the core alone, which removes it.
        `P-Asserted-Identity: <${from ?? ownAddress}>`,
        ...(from === undefined ? ['Privacy: id'] : []),
      ],
      body,
    })
    await became(one, answerOfStatus(response.status))
  }
}

export function answerOfStatus(status: number): DeviceAnswer {
  if (status >= 200 && status < 300) return 'taken'
  return FOR_GOOD.has(status) ? 'not-this' : 'not-now'
}
