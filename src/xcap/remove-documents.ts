/** A user goes with his documents. */
import type { Clock } from '../clock.ts'
import type { Homes, OutboxEntry } from '../home/home.ts'
import { update } from '../home/update.ts'
import { selectorText, type Auid, type Xui } from '../names.ts'

/**
 * All documents and all that they were before in one commit, each document with its change record. Constraints between
 * them do not count: they go together.
 * @param by the XUI of who removes them.
 */
export function removeDocuments(
  rooms: { readonly homes: Homes; readonly clock: Clock },
  owner: Xui,
  by: string,
): Promise<void> {
  return update(rooms.homes, owner, (home) => {
    if (home.revision === 0) return { answer: undefined }
    const at = rooms.clock.now()
    const outbox = [...home.documents].map(([key, entry]): OutboxEntry => {
      const document = selectorText({ ...splitKey(key), owner })
      return { kind: 'journal', owner, record: { kind: 'change', document, previousEtag: entry.etag, at, by } }
    })
    // What time alone decided here were states of do-not-disturb; whoever watches is told that they are over.
    return {
      answer: undefined,
      commit: { home: { ...home, documents: new Map(), next: at }, outbox, forgetsVersions: true },
    }
  })
}

/** The reverse of `documentKey`: an AUID has no slash. */
function splitKey(key: string): { readonly auid: Auid; readonly name: string } {
  const slash = key.indexOf('/')
  return { auid: key.slice(0, slash) as Auid, name: key.slice(slash + 1) }
}
