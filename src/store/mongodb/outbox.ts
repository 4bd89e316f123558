/**
 * Carries what left with a commit to where it belongs, at once or, where a server died on the way, by another one. While an entry is in the
 * outbox the home is the truth. Everything may be carried again, by several at once: each entry has an id of its own or a revision.
 */
import type { Owner } from '../../names.ts'
import type { OutboxItem } from './home-document.ts'
import type { JournalItem, JournalTable } from './journal.ts'
import type { RecordItem, RecordsTable } from './records.ts'
import type { VersionItem, VersionsTable } from './versions.ts'

interface OutboxRoom {
  readonly journal: JournalTable
  readonly records: RecordsTable
  readonly versions: VersionsTable
}

/** Resolves when everything has arrived that somebody reads. */
export type DeliverOutbox = (owner: Owner, entries: readonly OutboxItem[]) => Promise<void>

export function createOutboxDelivery({ journal, records, versions }: OutboxRoom): DeliverOutbox {
  return async (owner, entries) => {
    const changes: JournalItem[] = []
    const values: RecordItem[] = []
    const replaced: VersionItem[] = []
    for (const entry of entries) {
      if (entry.kind === 'journal') changes.push(entry)
      else if (entry.kind === 'record') values.push(entry)
      else if (entry.kind !== 'attempt') replaced.push(entry)
    }
    await Promise.all([journal.append(changes), records.put(values), versions.put(owner, replaced)])
  }
}
