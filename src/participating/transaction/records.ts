/** The messages' own records that one commit makes or brings up to date. */
import type { Instant } from '../../clock.ts'
import type { Messages, NewMessage, OutboxEntry } from '../../home/home.ts'
import { Outdated } from '../../home/update.ts'
import type { Xui } from '../../names.ts'
import type { StoredRecord } from '../state/message-record.ts'

/** A message or report that the commit makes. */
export interface Arrival {
  readonly record: StoredRecord
  readonly uniqueName: string
  readonly body: Uint8Array
}

export interface Records {
  get(id: string): Promise<StoredRecord>
  body(id: string): Promise<Uint8Array>
  /** @param sweepAt from when on it may be removed; needed once it has ended. */
  put(record: StoredRecord, sweepAt: Instant): void
  /** What the commit carries. */
  changes(owner: Xui): { readonly messages: readonly NewMessage[]; readonly outbox: readonly OutboxEntry[] }
}

export function openRecords(messages: Messages, arrivals: readonly Arrival[]): Records {
  const arrived = new Map(arrivals.map((arrival) => [arrival.record.id, arrival]))
  const known = new Map<string, StoredRecord>(arrivals.map(({ record }) => [record.id, record]))
  const changed = new Map<string, Instant>()
  return {
    async get(id) {
      const record = known.get(id) ?? ((await messages.byId(id))?.value as StoredRecord | undefined)
      if (record === undefined) throw new Outdated(`the message ${id} has an entry, so it has a record`)
      known.set(id, record)
      return record
    },
    async body(id) {
      const body = arrived.get(id)?.body ?? (await messages.body(id))
      if (body === undefined) throw new Outdated(`the message ${id} has an entry, so it has a body`)
      return body
    },
    put(record, sweepAt) {
      known.set(record.id, record)
      changed.set(record.id, sweepAt)
    },
    changes(owner) {
      const made = arrivals.map(({ record: { id }, uniqueName, body }): NewMessage => {
        const sweepAt = changed.get(id)
        return { id, uniqueName, owner, value: known.get(id), body, ...(sweepAt === undefined ? {} : { sweepAt }) }
      })
      const updated = [...changed]
        .filter(([id]) => !arrived.has(id))
        .map(([id, sweepAt]): OutboxEntry => ({ kind: 'message', id, value: known.get(id), sweepAt }))
      return { messages: made, outbox: updated }
    },
  }
}
