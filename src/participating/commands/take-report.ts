/** U1: what a service says later of a message that it took. Told twice, it counts once. */
import type { Instant } from '../../clock.ts'
import type { Attempted } from '../contracts/attempt.ts'
import type { TakeReport } from '../contracts/interworking.ts'
import { referenceName, type ReferenceRecord } from '../state/reference.ts'
import type { Change, ParticipatingRooms, Transact } from '../transaction/contract.ts'
import { receiptWork } from '../transaction/end.ts'
import { confirmed } from './results.ts'

/**
 * 1. A service takes a message. 2. It reports, before the commit that says under which name it took it. 3. That commit.
 * So what is not known is asked for again, here or by another server, until this has surely passed.
 */
const COMMITTED_WITHIN_MS = 10_000
const UNKNOWN_AT_MOST = 10_000

export function createTakeReport({ messages, clock }: ParticipatingRooms, transact: Transact): TakeReport {
  const unknownSince = new Map<string, Instant>()

  const unknown = (name: string): Attempted => {
    const now = clock.now()
    const since = unknownSince.get(name) ?? now
    if (now - since >= COMMITTED_WITHIN_MS) {
      unknownSince.delete(name)
      return { kind: 'never', because: 'Nothing is known of it.' }
    }
    unknownSince.set(name, since)
    if (unknownSince.size > UNKNOWN_AT_MOST) unknownSince.delete(unknownSince.keys().next().value!)
    return { kind: 'again', because: 'Nothing is known of it yet.' }
  }

  return async (service, { reference, disposition, because }) => {
    const name = referenceName(service, reference)
    const found = await messages.byName(name)
    if (found === undefined || found.owner === 'global') return unknown(name)
    unknownSince.delete(name)
    const { message } = found.value as ReferenceRecord
    await transact(found.owner, ({ queue }): Change<undefined> => {
      const nothing: Change<undefined> = { queue, answer: () => undefined }
      const outgoing = queue.outgoing.filter(({ id }) => id !== receiptWork(message))
      if (outgoing.length === queue.outgoing.length) return nothing
      const said = { id: message, disposition, ...(because === undefined ? {} : { because }) }
      return confirmed({ ...nothing, queue: { ...queue, outgoing } }, said)
    })
    return { kind: 'done' }
  }
}
