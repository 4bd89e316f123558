/** The second door, put together: SIP to one core, in front of the same participating function. */
import type { Accounts } from '../access/account.ts'
import type { Clock, Randomness } from '../clock.ts'
import type { Participating } from '../participating/participating.ts'
import type { Xui } from '../names.ts'
import type { SipLog } from './connections.ts'
import { createMessageIn } from './message-in.ts'
import type { SipSettings } from './settings.ts'
import { createSipStack } from './stack.ts'

interface SipRooms {
  readonly settings: SipSettings
  readonly participating: Participating
  readonly accounts: Pick<Accounts, 'find'>
  readonly clock: Clock
  readonly random: Randomness
  readonly log: SipLog
}

export interface SipSide {
  /** Listens, and connects to the core as soon as that is there. @throws where it cannot listen. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createSip({ settings, participating, accounts, clock, random, log }: SipRooms): SipSide {
  const messageIn = createMessageIn({
    participating,
    accounts,
    clock,
    ownName: `sip:deferred@${settings.domain}` as Xui,
    bytesAtMost: settings.limits.messageBytes,
    notified: async () => ({ status: 200 }),
  })
  const stack = createSipStack(settings, { clock, random, log }, { MESSAGE: messageIn })
  return { start: () => stack.start(), stop: () => stack.stop() }
}
