/** Of who has too much in the journal the oldest entries go, and up to where is remembered. */
import type { Position } from '../../feed/journal.ts'
import type { Owner } from '../../names.ts'
import { JOURNAL_ROW_BYTES, type Retention } from '../store.ts'
import { countSinceLooked } from '../since-looked.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { Collections } from './collections.ts'

export interface JournalCuts {
  /** An entry of his of so many bytes came. */
  wrote(owner: Owner, bytes: number): void
  /** The last of his positions that is gone; `undefined`: of anybody. */
  of(owner: Owner | undefined): Promise<Position>
  /** All up to this position is gone anyway. */
  forget(position: Position): Promise<void>
}

const BATCH = 500
/** So many of one owner's go at once. */
const CUT_AT_ONCE = 2_000

export function createJournalCuts(
  { journal, journal_cuts: cuts }: Pick<Collections, 'journal' | 'journal_cuts'>,
  { journalBytesAtMost }: Pick<Retention, 'journalBytesAtMost'>,
  background: BackgroundTasks,
): JournalCuts {
  const written = countSinceLooked(journalBytesAtMost)
  const looked = Math.ceil(journalBytesAtMost / JOURNAL_ROW_BYTES) + 1

  /** The newest of his entries that is beyond his total. */
  async function endOf(owner: Owner): Promise<Position | undefined> {
    let total = 0
    const newest = journal.find({ owner }, { batchSize: BATCH }).sort({ _id: -1 }).limit(looked)
    for await (const { _id, record } of newest) {
      total += record.length + JOURNAL_ROW_BYTES
      if (total > journalBytesAtMost) return _id
    }
    return undefined
  }

  async function shorten(owner: Owner): Promise<void> {
    const end = await endOf(owner)
    if (end === undefined) return
    const old = { owner, _id: { $lte: end } }
    const found = await journal
      .find(old)
      .sort({ _id: 1 })
      .limit(CUT_AT_ONCE)
      .project<{ _id: Position }>({ _id: 1 })
      .toArray()
    const last = found.at(-1)?._id
    if (last === undefined) return
    // Said first: whoever reads what is just going asks behind that. Two servers say it in any order, the later counts.
    await cuts.updateOne({ _id: owner }, { $max: { position: last } }, { upsert: true })
    await journal.deleteMany({ owner, _id: { $lte: last } })
  }

  return {
    wrote(owner, bytes) {
      if (written.add(owner, bytes + JOURNAL_ROW_BYTES)) background.run(shorten(owner))
    },
    async of(owner) {
      if (owner !== undefined) return (await cuts.findOne({ _id: owner }))?.position ?? 0
      const [last] = await cuts.find().sort({ position: -1 }).limit(1).toArray()
      return last?.position ?? 0
    },
    async forget(position) {
      await cuts.deleteMany({ position: { $lte: position } })
    },
  }
}
