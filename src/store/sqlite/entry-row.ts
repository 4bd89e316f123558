/** How the columns of a document, or of a version of one, are read. */
import type { DocumentEntry, TextId } from '../../home/home.ts'

export interface EntryRow {
  readonly key: string
  readonly etag: DocumentEntry['etag']
  readonly text: TextId
  readonly size: number
  readonly changed: number
  readonly changed_by: string
}

export function entryOf({ etag, text, size, changed, changed_by: by }: EntryRow): DocumentEntry {
  return { etag, text, size, changed, by }
}
