/** What is forwarded to another domain goes out through the core (U11), with whom it was for before (RFC 7044). */
import { once } from 'node:events'
import { CPIM_TYPE } from '../cpim/cpim.ts'
import { ANONYMOUS } from '../names.ts'
import type { Attempted } from '../participating/contracts/attempt.ts'
import type { ForwardedMessage, Forwarding } from '../participating/contracts/forwarding.ts'
import { answerOfStatus } from './message-out.ts'
import { messageContent } from './outgoing-content.ts'
import type { SipPort } from './port.ts'

const GIVEN_UP: Attempted = { kind: 'again', because: 'The core does not answer.' }

export function createSipForward(port: Pick<SipPort, 'send'>): Forwarding {
  return { forward: (to, message, signal) => forward(port, to, message, signal) }
}

async function forward(
  port: Pick<SipPort, 'send'>,
  to: string,
  message: ForwardedMessage,
  signal: AbortSignal,
): Promise<Attempted> {
  if (signal.aborted) return GIVEN_UP
  const { from, undisclosed, forwardedFor } = message
  const shown = undisclosed ? ANONYMOUS : from
  const { cpim } = messageContent({ ...message, from: shown, to, reports: [] })
  const history = [...forwardedFor, to].map((uri, at) => `<${uri}>;index=1${'.1'.repeat(at)}`)
  // RFC 3261 §9.1: only an INVITE can be cancelled, so what is given up may have arrived, and comes again under its id.
  const givenUp = once(signal, 'abort').then((): undefined => undefined)
  const asked = port.send({
    method: 'MESSAGE',
    uri: to,
    from: shown,
    to,
    headers: [
      `P-Asserted-Identity: <${from}>`,
      ...(undisclosed ? ['Privacy: id'] : []),
      `History-Info: ${history.join(', ')}`,
    ],
    body: { type: CPIM_TYPE, bytes: cpim },
  })
  const response = await Promise.race([asked, givenUp])
  if (response === undefined) return GIVEN_UP
  switch (answerOfStatus(response.status)) {
    case 'taken':
      return { kind: 'done' }
    case 'not-this':
      return { kind: 'never', because: 'rejected' }
    default:
      return { kind: 'again', because: `The core answers ${response.status}.` }
  }
}
