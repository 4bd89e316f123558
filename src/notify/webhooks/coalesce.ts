/**
 * Under a storm of writes the newest wins: of the changes of one document that wait together one remains, from the
 * first ETag to the last.
 */
import { eventWithoutPlace, type FeedEvent } from '../../feed/changes.ts'
import type { ChangeRecord } from '../../home/home.ts'

export function coalesce(events: readonly FeedEvent[]): readonly FeedEvent[] {
  const first = new Map<string, string | undefined>()
  const last = new Map<string, FeedEvent>()
  for (const event of events) {
    if (event.record.kind !== 'change') continue
    const { document, previousEtag } = event.record
    if (!first.has(document)) first.set(document, previousEtag)
    last.set(document, event)
  }
  return events.flatMap((event) => {
    const { record } = event
    if (record.kind !== 'change') return [event]
    if (last.get(record.document) !== event) return []
    const previousEtag = first.get(record.document)
    if (previousEtag === record.previousEtag) return [event]
    const { previousEtag: _, ...rest } = record
    const whole: ChangeRecord = previousEtag === undefined ? rest : { ...rest, previousEtag }
    // It came and went: nobody who was told nothing of it misses anything.
    if (whole.previousEtag === undefined && whole.newEtag === undefined) return []
    const { position, id, owner } = event
    return [{ ...eventWithoutPlace(owner, whole), position, id }]
  })
}
