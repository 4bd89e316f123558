/** The account is gone: what waits ends as `failed`, with reports, and registrations and inboxes end. */
import type { Xui } from '../../names.ts'
import type { Work } from '../state/outgoing.ts'
import type { Transact } from '../transaction/contract.ts'
import type { Ending } from '../transaction/end.ts'

/** What senders are still to hear; nothing else leaves any more. */
function isNews({ task: { kind } }: Work): boolean {
  return kind === 'report' || kind === 'receipt'
}

export function createRemoveUser(
  transact: Transact,
  idle: (owner: Xui) => Promise<void>,
): (owner: Xui) => Promise<void> {
  return async (owner) => {
    await transact(owner, ({ queue }) => {
      const ended = queue.waiting.map((entry): Ending => ({ id: entry.id, state: 'failed', because: 'removed', entry }))
      return {
        queue: { registrations: [], waiting: [], copies: [], outgoing: queue.outgoing.filter(isNews) },
        ended,
        // Who submits to this user at the same time decides again, and finds no account.
        insists: true,
        answer: () => undefined,
      }
    })
    await idle(owner)
  }
}
