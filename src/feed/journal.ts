/** The journal of changes: every home's records in one order. */
import type { ChangeRecord } from '../home/home.ts'
import type { Instant } from '../clock.ts'
import type { Owner } from '../names.ts'
import type { StateRecord } from '../preferences/state.ts'

/** The end of a message, for the participating function that sent it for somebody who is not ours. */
export interface ReportRecord {
  readonly kind: 'report'
  /** The XUI of the account that sees it, and nobody else. */
  readonly audience: string
  readonly id: string
  /** Who sent the message: he is told over SIP. No watcher is shown it. */
  readonly sender?: string
  readonly message: string
  readonly messageId: string
  readonly disposition: 'delivered' | 'failed' | 'displayed'
  readonly because?: string
  readonly at: Instant
}

/** A subscriber changed one of his webhooks: no watcher is told of it, whoever delivers looks at his home. */
export interface SubscriptionRecord {
  readonly kind: 'subscription'
  readonly at: Instant
}

/** What became of an object in the message store of this server. */
export interface StoredObjectRecord {
  readonly kind: 'stored'
  readonly message: string
  readonly change: 'arrived' | 'read' | 'kept' | 'removed'
  readonly from: string
  readonly subject?: string
  readonly sent: Instant
  /** Bytes. */
  readonly size: number
  readonly at: Instant
}

export type JournalRecord = ChangeRecord | StateRecord | ReportRecord | SubscriptionRecord | StoredObjectRecord

/** Counts up without gaps from 1; 0 is before everything. */
export type Position = number

export interface JournalEntry {
  readonly position: Position
  readonly owner: Owner
  readonly record: JournalRecord
}

/** Implemented in `store/`. */
export interface Journal {
  /** The last position that is durable. */
  head(): Promise<Position>
  /**
   * The last position that is not whole any more: an entry at it or before it has gone, because it was old, or because
   * its owner had too many.
   * @param owner limits it to what `read` gives of him; `undefined`: of anybody.
   */
  tail(owner?: Owner): Promise<Position>
  /** Entries behind `after`, in order; `owner` limits them to one home and the global tree. */
  read(after: Position, limit: number, owner?: Owner): Promise<readonly JournalEntry[]>
  /** Called after entries became durable, by this process or (seen within a second) by another. Returns how to stop. */
  onAppend(listener: () => void): () => void
}
