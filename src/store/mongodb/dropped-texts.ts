/** Texts that nothing mentions any more: readable for a while, and for as long as their owner has not too many. */
import type { Instant } from '../../clock.ts'
import type { TextId } from '../../home/home.ts'
import type { Owner } from '../../names.ts'
import { VERSION_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { Collections } from './collections.ts'
import { insertNew } from './inserts.ts'

export interface DroppedText {
  readonly text: TextId
  /** Bytes. */
  readonly size: number
  readonly at: Instant
}

export interface DroppedTexts {
  /** Beyond their owner's total the oldest are removed, with their texts. */
  put(owner: Owner, texts: readonly DroppedText[]): Promise<void>
  /** Removes the texts that were dropped at `until` or earlier. @returns how many. */
  sweep(until: Instant): Promise<number>
}

const BATCH = 200

export function createDroppedTexts(
  { texts, dropped }: Pick<Collections, 'texts' | 'dropped'>,
  { droppedBytesAtMost }: Pick<Retention, 'droppedBytesAtMost'>,
): DroppedTexts {
  const written = countSinceLooked(droppedBytesAtMost)

  /** The text goes first: whoever dies before the other finds it again. @returns how many. */
  async function remove(ids: readonly TextId[]): Promise<number> {
    if (ids.length === 0) return 0
    const { deletedCount } = await texts.deleteMany({ _id: { $in: ids } })
    await dropped.deleteMany({ _id: { $in: ids } })
    return deletedCount
  }

  async function beyondTotal(owner: Owner): Promise<readonly TextId[]> {
    let total = 0
    return (await dropped.find({ owner }).toArray())
      .sort((a, b) => b.at - a.at)
      .filter(({ size = 0 }) => (total += size + VERSION_ROW_BYTES) > droppedBytesAtMost)
      .map(({ _id }) => _id)
  }

  return {
    async put(owner, all) {
      await insertNew(
        dropped,
        all.map(({ text, size, at }) => ({ _id: text, at, owner, size })),
      )
      const bytes = all.reduce((sum, { size }) => sum + size + VERSION_ROW_BYTES, 0)
      if (written.add(owner, bytes)) await remove(await beyondTotal(owner))
    },
    async sweep(until) {
      for (let swept = 0; ; ) {
        const old = await dropped
          .find({ at: { $lte: until } })
          .limit(BATCH)
          .toArray()
        swept += await remove(old.map(({ _id }) => _id))
        if (old.length < BATCH) return swept
      }
    },
  }
}
