/**
 * What documents were before. Each mentions its text; when it goes, the text is dropped, and removed some time later.
 */
import type { Clock, Instant } from '../../clock.ts'
import type { Version } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { VERSION_ROW_BYTES, type Retention } from '../store.ts'
import type { Collections, VersionDocument } from './collections.ts'
import type { OutboxItem } from './home-document.ts'
import type { DroppedTexts } from './dropped-texts.ts'
import { insertNew } from './inserts.ts'

export type VersionItem = OutboxItem & { readonly kind: 'version' | 'dropped' | 'forgotten' }

export interface VersionsTable {
  /** The newest first; none that ended at the revision `forgot` or before. */
  of(owner: Owner, key: string, forgot: number): Promise<readonly Version[]>
  put(owner: Owner, entries: readonly VersionItem[]): Promise<void>
  /** Removes those that ended at `until` or earlier, and those that are too many. @returns how many were too old. */
  sweep(until: Instant): Promise<number>
}

/**
 * Behind so many new versions the oldest of their documents are removed, where there are too many; until then nobody is
 * shown them.
 */
const NEW_AT_MOST = 64
const BATCH = 200

export function createVersions(
  { versions }: Pick<Collections, 'versions'>,
  dropped: DroppedTexts,
  clock: Clock,
  { versionsAtMost: atMost, versionBytesAtMost }: Pick<Retention, 'versionsAtMost' | 'versionBytesAtMost'>,
): VersionsTable {
  const remove = createRemoval({ versions }, dropped, clock)
  const changed = new Map<string, { readonly owner: Owner; readonly key: string }>()
  let count = 0

  const ofDocument = async (owner: Owner, key: string): Promise<readonly VersionDocument[]> =>
    (await versions.find({ owner, key }).toArray()).sort((a, b) => b.revision - a.revision)

  async function trim(): Promise<void> {
    const all = [...changed.values()]
    changed.clear()
    count = 0
    for (const { owner, key } of all) await remove((await ofDocument(owner, key)).slice(atMost))
    for (const owner of new Set(all.map((one) => one.owner))) await remove(await beyondTotal(owner))
  }

  /** The oldest of a user's versions, where all of them together have too many bytes. */
  async function beyondTotal(owner: Owner): Promise<readonly VersionDocument[]> {
    let total = 0
    return (await versions.find({ owner }).toArray())
      .sort((a, b) => b.revision - a.revision)
      .filter(({ size }) => (total += size + VERSION_ROW_BYTES) > versionBytesAtMost)
  }

  async function putNew(owner: Owner, entries: readonly VersionItem[]): Promise<void> {
    const made = entries.flatMap((entry) =>
      entry.kind === 'version'
        ? [{ _id: entry.id, owner, key: entry.key, revision: entry.revision, ...entry.version }]
        : [],
    )
    await insertNew(versions, made)
    for (const { key } of made) changed.set(JSON.stringify([owner, key]), { owner, key })
    count += made.length
    if (count >= NEW_AT_MOST) await trim()
  }

  return {
    async of(owner, key, forgot) {
      return (await ofDocument(owner, key))
        .filter(({ revision }) => revision > forgot)
        .slice(0, atMost)
        .map(versionOf)
    },
    async put(owner, entries) {
      if (entries.length === 0) return
      const forgotten = entries.reduce(
        (most, entry) => (entry.kind === 'forgotten' ? Math.max(most, entry.revision) : most),
        0,
      )
      await dropped.put(
        owner,
        entries.flatMap((entry) => (entry.kind === 'dropped' ? [entry] : [])),
      )
      await putNew(owner, entries)
      if (forgotten > 0) await remove(await versions.find({ owner, revision: { $lte: forgotten } }).toArray())
    },
    async sweep(until) {
      await trim()
      return await sweepOld(versions, remove, until)
    },
  }
}

/** A version goes, and its text is dropped. */
function createRemoval(
  { versions }: Pick<Collections, 'versions'>,
  dropped: DroppedTexts,
  clock: Clock,
): (old: readonly VersionDocument[]) => Promise<void> {
  return async (old) => {
    if (old.length === 0) return
    for (const owner of new Set(old.map((one) => one.owner))) {
      const his = old.filter((one) => one.owner === owner)
      await dropped.put(
        owner,
        his.map(({ text, size }) => ({ text, size, at: clock.now() })),
      )
    }
    await versions.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } })
  }
}

async function sweepOld(
  versions: Collections['versions'],
  remove: (old: readonly VersionDocument[]) => Promise<void>,
  until: Instant,
): Promise<number> {
  for (let swept = 0; ; ) {
    const old = await versions
      .find({ replaced: { $lte: until } })
      .limit(BATCH)
      .toArray()
    await remove(old)
    swept += old.length
    if (old.length < BATCH) return swept
  }
}

function versionOf({ etag, text, size, changed, by, replaced }: VersionDocument): Version {
  return { etag, text, size, changed, by, replaced }
}
