/**
 * The messages' own records, and their bodies beside them. A value is a document under the revision of the home that it
 * came from, so an older one that comes late does not take the place of a newer one.
 */
import type { Filter } from 'mongodb'
import type { Instant } from '../../clock.ts'
import type { Messages, MessagePlace, MessageSearch, StoredMessage } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { ENDED_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { Swap } from './chain.ts'
import type { Collections, RecordDocument } from './collections.ts'
import type { OutboxItem } from './home-document.ts'
import { insertNew } from './inserts.ts'

export type RecordItem = OutboxItem & { readonly kind: 'record' }

export interface RecordsTable {
  find(message: string): Promise<StoredMessage | undefined>
  readonly search: Messages['search']
  /** A value for a record that was swept does nothing. One without `sweepAt` leaves that as it was. */
  put(entries: readonly RecordItem[]): Promise<void>
  /**
   * Their bodies go; beyond the owner's total of what has ended and nobody needs, the oldest records go with them.
   *
   * @param entries what was just put, so that nobody need ask how much that is.
   */
  removeBodies(owner: Owner, messages: readonly string[], entries: readonly RecordItem[]): Promise<void>
  /** Removes those whose `sweepAt` is `now` or earlier, with body and name. @returns how many. */
  sweep(now: Instant): Promise<number>
}

const BATCH = 200

export function createRecords(
  { records, bodies, names }: Pick<Collections, 'records' | 'bodies' | 'names'>,
  { endedBytesAtMost }: Pick<Retention, 'endedBytesAtMost'>,
  swap: Swap,
): RecordsTable {
  const { remove, beyondTotal, isTime } = createExcess({ records, bodies, names }, endedBytesAtMost)
  const newest = async (message: string): Promise<RecordDocument | undefined> =>
    (await records.find({ message }).sort({ revision: 1 }).toArray()).at(-1)

  async function replace(entry: RecordItem): Promise<void> {
    if (swap === 'replace') return await renew(records, entry)
    const { message, revision } = entry
    const before = await newest(message)
    if (before === undefined || before.revision >= revision) return
    await insertNew(records, [recordOf(entry, before.name, before.owner, entry.sweepAt ?? before.sweepAt)])
    await records.deleteMany({ message, revision: { $lt: revision } })
  }

  return {
    async removeBodies(owner, messages, entries) {
      await bodies.deleteMany({ _id: { $in: [...messages] } })
      const put = new Map(entries.map(({ message, value }) => [message, JSON.stringify(value).length]))
      const others = messages.filter((message) => !put.has(message))
      const found = others.length === 0 ? [] : await records.find({ message: { $in: others } }).toArray()
      if (!isTime(owner, [...put.values(), ...found.map(({ value }) => value.length)])) return
      const old = await beyondTotal(owner)
      if (old.length > 0)
        await remove(
          old.map(({ message }) => message),
          old,
        )
    },
    async find(message) {
      const record = await newest(message)
      return record && stored(record)
    },
    async search(search, after, limit) {
      // Where a server died before it removed it, an older value is there beside the newest one.
      const found = await records
        .find({ ...wanted(search), ...behind(after, search) })
        .sort({ owner: 1, message: 1 })
        .limit(limit)
        .toArray()
      const messages = [...new Set(found.map(({ message }) => message))]
      const last = found.at(-1)
      if (last === undefined) return []
      const latest = newestOf(await records.find({ message: { $in: messages } }).toArray())
      const present = messages.flatMap((message) => {
        const record = latest.get(message)
        const isOld = record === undefined || (search.by === 'state' && record.ended !== search.hasEnded)
        return isOld ? [] : [stored(record)]
      })
      return present.length > 0 ? present : await this.search(search, { owner: last.owner, id: last.message }, limit)
    },
    async put(entries) {
      const all = merged(entries)
      const made = all.flatMap((entry) =>
        entry.name === undefined || entry.owner === undefined
          ? []
          : [recordOf(entry, entry.name, entry.owner, entry.sweepAt)],
      )
      await insertNew(records, made)
      for (const entry of all) if (entry.name === undefined) await replace(entry)
    },
    sweep: (now) => sweepEnded(records, remove, now),
  }
}

/** In one command: of two values that come in the wrong order the older one finds nothing to take the place of. */
async function renew(
  records: Collections['records'],
  { message, revision, value, sweepAt }: RecordItem,
): Promise<void> {
  // Without an instant it stays what it was, ended or not.
  const { ended, ...found } = foundBy(value, sweepAt)
  const changes = {
    revision,
    value: JSON.stringify(value),
    ...found,
    ...(sweepAt === undefined ? {} : { sweepAt, ended }),
  }
  await records.updateOne({ message, revision: { $lt: revision } }, { $set: changes })
}

async function sweepEnded(
  records: Collections['records'],
  remove: (messages: readonly string[], values: readonly RecordDocument[]) => Promise<void>,
  now: Instant,
): Promise<number> {
  for (let swept = 0; ; ) {
    const found = await records
      .find({ sweepAt: { $lte: now } })
      .limit(BATCH)
      .toArray()
    const messages = [...new Set(found.map(({ message }) => message))]
    const all = messages.length === 0 ? [] : await records.find({ message: { $in: messages } }).toArray()
    const newest = newestOf(all)
    const ended = new Set(messages.filter((message) => (newest.get(message)?.sweepAt ?? Infinity) <= now))
    const isOld = (record: RecordDocument): boolean =>
      ended.has(record.message) || record !== newest.get(record.message)
    await remove([...ended], all.filter(isOld))
    swept += ended.size
    if (found.length < BATCH) return swept
  }
}

/** What has ended and nobody needs counts for its owner. */
function createExcess(
  { records, bodies, names }: Pick<Collections, 'records' | 'bodies' | 'names'>,
  bytesAtMost: number,
) {
  const written = countSinceLooked(bytesAtMost)
  /** The record goes last: whoever dies before that finds it again. */
  async function remove(messages: readonly string[], values: readonly RecordDocument[]): Promise<void> {
    await bodies.deleteMany({ _id: { $in: [...messages] } })
    await names.deleteMany({ message: { $in: [...messages] } })
    await records.deleteMany({ _id: { $in: values.map(({ _id }) => _id) } })
  }

  /** The oldest of an owner's ended records that nobody needs, where all of them together have too many bytes. */
  async function beyondTotal(owner: Owner): Promise<readonly RecordDocument[]> {
    const ended = newestOf(await records.find({ ended: true, owner }, { batchSize: BATCH }).toArray())
    const needed = new Set<string>()
    const ids = [...ended.keys()]
    for (let at = 0; at < ids.length; at += BATCH) {
      const some = { _id: { $in: ids.slice(at, at + BATCH) } }
      for await (const { _id } of bodies.find(some).project<{ _id: string }>({ _id: 1 })) needed.add(_id)
    }
    let total = 0
    return [...ended.values()]
      .filter(({ message }) => !needed.has(message))
      .sort((a, b) => (b.sweepAt ?? 0) - (a.sweepAt ?? 0))
      .filter(({ value }) => (total += value.length + ENDED_ROW_BYTES) > bytesAtMost)
  }

  function isTime(owner: Owner, lengths: readonly number[]): boolean {
    return written.add(
      owner,
      lengths.reduce((sum, length) => sum + length + ENDED_ROW_BYTES, 0),
    )
  }

  return { remove, beyondTotal, isTime }
}

function recordOf(
  { message, revision, value }: RecordItem,
  name: string,
  owner: Owner,
  sweepAt: Instant | undefined,
): RecordDocument {
  return recordDocument({ message, revision, owner, name, value: JSON.stringify(value) }, value, sweepAt)
}

/** With what it is found by. */
export function recordDocument(
  record: Pick<RecordDocument, 'message' | 'revision' | 'owner' | 'name' | 'value'>,
  value: unknown,
  sweepAt: Instant | undefined,
): RecordDocument {
  const _id = `${record.message} ${record.revision}`
  return { _id, ...record, ...foundBy(value, sweepAt), ...(sweepAt === undefined ? {} : { sweepAt }) }
}

export function foundBy(value: unknown, sweepAt: Instant | undefined): Pick<RecordDocument, 'ended' | 'sentAs'> {
  const sentAs = (value as { readonly messageId?: unknown } | null)?.messageId
  return { ended: sweepAt !== undefined, ...(typeof sentAs === 'string' ? { sentAs } : {}) }
}

function wanted(search: MessageSearch): Filter<RecordDocument> {
  if (search.by === 'message-id') return { sentAs: search.messageId }
  return { ended: search.hasEnded, ...(search.owner === undefined ? {} : { owner: search.owner }) }
}

function behind({ owner, id }: MessagePlace, search: MessageSearch): Filter<RecordDocument> {
  if (search.by === 'state' && search.owner !== undefined) return owner === search.owner ? { message: { $gt: id } } : {}
  return { $or: [{ owner: { $gt: owner } }, { owner, message: { $gt: id } }] }
}

function stored({ message: id, owner, value }: RecordDocument): StoredMessage {
  return { id, owner, value: JSON.parse(value) as unknown }
}

function newestOf(records: readonly RecordDocument[]): ReadonlyMap<string, RecordDocument> {
  const newest = new Map<string, RecordDocument>()
  for (const record of records)
    if ((newest.get(record.message)?.revision ?? -1) < record.revision) newest.set(record.message, record)
  return newest
}

/** One entry for each message and revision: the last value, and the last `sweepAt` that was given. */
function merged(entries: readonly RecordItem[]): readonly RecordItem[] {
  const last = new Map<string, RecordItem>()
  for (const entry of entries) {
    const key = `${entry.message} ${entry.revision}`
    last.set(key, { ...last.get(key), ...entry })
  }
  return [...last.values()]
}
