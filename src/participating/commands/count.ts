/** What waits, counted piece by piece: by reason, and since when the oldest does. */
import type { Instant } from '../../clock.ts'
import type { MessagePlace } from '../../home/home.ts'
import type { Owner, Xui } from '../../names.ts'
import type { Participating, WaitingReason } from '../participating.ts'
import type { StoredRecord } from '../state/message-record.ts'
import type { ParticipatingRooms } from '../transaction/contract.ts'
import { START, type StatusesOf, type StatusOf } from './find.ts'

/** Records looked at in one piece. */
const PIECE = 50

export function createCount(
  { messages }: Pick<ParticipatingRooms, 'messages'>,
  statusesOf: StatusesOf,
): Participating['countWaiting'] {
  return async (after = START) => {
    const found = await messages.search({ by: 'state', hasEnded: false }, after, PIECE)
    const counts = new Map<WaitingReason | 'delivering', number>()
    let oldest: Instant | undefined
    let next: MessagePlace | undefined
    let user: { readonly owner: Owner; readonly statusOf: StatusOf } | undefined
    for (const { id, owner, value } of found) {
      next = { owner, id }
      const record = value as StoredRecord
      if (record.kind !== 'message') continue
      if (user?.owner !== owner) user = { owner, statusOf: await statusesOf(owner as Xui) }
      const status = user.statusOf(record)?.status
      // It ended since its record was read.
      if (status === undefined) continue
      const reason = status.reason ?? 'delivering'
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
      oldest = Math.min(record.received, oldest ?? record.received)
    }
    return { counts, oldest, next }
  }
}
