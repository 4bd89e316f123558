/**
 * Users with documents, put into the default store beside the server, as another process on it would: by requests,
 * a hundred thousand of them would take most of an hour.
 */
import { credentialsFor } from '../../src/access/credentials.ts'
import { systemClock } from '../../src/clock.ts'
import { documentKey, emptyHome, type DocumentEntry, type OutboxEntry } from '../../src/home/home.ts'
import { AUID, selectorText, type Etag, type Xui } from '../../src/names.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { Store } from '../../src/store/store.ts'

/** So many commits wait together: the store takes them in groups. */
const AT_ONCE = 512

export interface Provisioned {
  readonly folder: string
  /** The first and the one behind the last, by their numbers: `sip:u0@example.com`. */
  readonly from: number
  readonly to: number
  /** Names of each user's lists. */
  readonly documents: readonly string[]
  readonly bytes: Buffer
  readonly progress: (done: number) => void
}

export async function provision({ folder, from, to, progress, ...each }: Provisioned): Promise<void> {
  const store = await openSqliteStore({ folder, clock: systemClock })
  let next = from
  const one = async (): Promise<void> => {
    for (let n = next++; n < to; n = next++) {
      await addOne(store, `sip:u${n}@example.com` as Xui, each)
      progress(n - from)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  await store.close()
}

async function addOne(
  store: Store,
  xui: Xui,
  { documents, bytes }: Pick<Provisioned, 'documents' | 'bytes'>,
): Promise<void> {
  await store.accounts.put({ xui, role: 'user', credentials: credentialsFor(xui, 'example.com', 'p') })
  const at = systemClock.now()
  const entries = documents.map((name): readonly [string, DocumentEntry] => {
    const etag = `${xui}-${name}` as Etag
    return [name, { etag, text: etag, size: bytes.length, changed: at, by: xui }]
  })
  const outbox = entries.map(([name, { etag }]): OutboxEntry => {
    const document = selectorText({ auid: AUID.resourceLists, owner: xui, name })
    return { kind: 'journal', owner: xui, record: { kind: 'change', document, newEtag: etag, at, by: xui } }
  })
  const index = new Map(entries.map(([name, entry]) => [documentKey(AUID.resourceLists, name), entry]))
  const texts = entries.map(([, { text }]) => ({ id: text, bytes }))
  await store.homes.commit({ home: { ...emptyHome(xui), documents: index }, texts, outbox })
}
