/** What every change of a document has in common: the new index, the record of it, and who must look. */
import { identifierAt } from '../clock.ts'
import { documentKey, type ChangeRecord, type Commit, type DocumentEntry, type Home } from '../home/home.ts'
import { update, type Decision } from '../home/update.ts'
import { AUID, INDEX, selectorText, type DocumentSelector, type Etag, type Owner, type Xui } from '../names.ts'
import { Refused } from '../refusal.ts'
import type { ApplicationUsage } from './application-usage.ts'
import type { Address } from './request.ts'
import type { XcapRooms } from './rooms.ts'

/**
 * One change of one document. When it is durable the text that stood there before is kept parsed no more: nobody asks
 * for it again.
 * @param decide is called again where somebody else committed meanwhile (`home/update.ts`).
 */
export async function changeDocument<T extends { readonly before: Etag | undefined }>(
  { homes, documents }: Pick<XcapRooms, 'homes' | 'documents'>,
  owner: Owner,
  decide: (home: Home) => Promise<Decision<T>>,
): Promise<T> {
  const answer = await update(homes, owner, decide)
  // The ETag is the name of the text, too.
  documents.drop(answer.before)
  return answer
}

/**
 * The change record goes with the change, all or nothing. Where the document can mean something to what waits in this
 * home, `next` is set to now in the same commit: were the wake-up lost, even by a crash, the home is found due.
 */
export function changeOf(
  usage: ApplicationUsage,
  selector: DocumentSelector,
  home: Home,
  documents: ReadonlyMap<string, DocumentEntry>,
  record: ChangeRecord,
): Commit {
  const wakes = usage.wakes === 'always' || (usage.wakes === 'waiting' && home.next !== undefined)
  const next = wakes ? Math.min(home.next ?? record.at, record.at) : home.next
  return {
    home: { ...home, documents, next },
    outbox: [{ kind: 'journal', owner: selector.owner, record }],
  }
}

/**
 * A new text of a document: it, its entry in the home and the record of the change become durable together.
 * @returns the new ETag, which is also the name of the text: neither is ever used twice.
 * @throws Refused `over-quota`
 */
export function draftCommit(
  rooms: XcapRooms,
  request: { readonly address: Address; readonly by: Xui },
  home: Home,
  bytes: Uint8Array,
): { readonly answer: Etag; readonly commit: Commit } {
  const { usage, selector } = request.address
  const key = documentKey(selector.auid, selector.name)
  const present = home.documents.get(key)
  mustFit(rooms, home, bytes.length, key)
  const at = rooms.clock.now()
  // RFC 4825 §8.5. 96 bits of it are random, so no tag comes back: not after a deletion, not for the same bytes, not
  // after a restore. It names the text, too, and texts that come together lie together.
  const etag = identifierAt(at, rooms.random) as Etag
  const documents = new Map(home.documents).set(key, {
    etag,
    text: etag,
    size: bytes.length,
    changed: at,
    by: request.by,
  })
  const previous = present === undefined ? {} : { previousEtag: present.etag }
  const record = {
    kind: 'change',
    document: selectorText(selector),
    ...previous,
    newEtag: etag,
    at,
    by: request.by,
  } as const
  return {
    answer: etag,
    commit: {
      texts: [{ id: etag, bytes }],
      ...changeOf(usage, selector, home, documents, record),
    },
  }
}

/** One each, of bounded size: who wants to be left alone is left alone, however much else he has stored. */
const NEVER_REFUSED: ReadonlySet<string> = new Set([
  documentKey(AUID.doNotDisturb, INDEX),
  documentKey(AUID.activeProfile, INDEX),
])

/** @throws Refused `over-quota`, before anything is reserved for a document that has no room. */
export function mustFit(rooms: XcapRooms, home: Home, size: number, key: string): void {
  if (NEVER_REFUSED.has(key)) return
  let documents = 1
  let bytes = size
  for (const [other, entry] of home.documents) {
    if (other === key) continue
    documents += 1
    bytes += entry.size
  }
  const { documentsAtMost, bytesAtMost } = rooms.limits
  // What makes a home smaller always may, also where the limits were lowered.
  if (size <= (home.documents.get(key)?.size ?? -1)) return
  if (documents > documentsAtMost)
    throw new Refused({ kind: 'over-quota', detail: `A user has at most ${documentsAtMost} documents.` })
  if (bytes > bytesAtMost)
    throw new Refused({
      kind: 'over-quota',
      detail: `The documents of a user have at most ${bytesAtMost} bytes together.`,
    })
}
