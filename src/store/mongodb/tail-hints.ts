/** Follows the hints of the other servers with a tailable cursor. */
import type { FindCursor, WithId } from 'mongodb'
import { identifier } from '../../clock.ts'
import type { HintDocument } from './collections.ts'
import { ANYTHING, NOTHING, type RemoteChanges } from '../remote-changes.ts'
import type { FollowRooms, Stop } from './follow-rooms.ts'

/** The cursor waits so long for the next hint before it says that there is none. */
const AWAIT_MS = 500
const AGAIN_AFTER_MS = 250

/** Resolves when the cursor stands behind everything that was there. */
export async function tailHints(
  { collections: { hints }, clock, random, onRemote }: FollowRooms,
  server: string,
): Promise<Stop> {
  let isOver = false
  let callOff = (): void => {}

  /**
   * A cursor that stands behind everything that was there: behind a hint of its own. FerretDB closes one whose first
   * batch is not full.
   */
  async function atEnd(): Promise<FindCursor<WithId<HintDocument>>> {
    const mark = identifier(random)
    await hints.insertOne({ server: mark, ...NOTHING })
    const cursor = hints.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: AWAIT_MS, batchSize: 1 })
    for (;;) {
      const hint = await cursor.tryNext()
      if (hint?.server === mark) return cursor
      if (hint === null) throw new Error('the newest hint is not there')
    }
  }

  let cursor = await atEnd()

  async function again(): Promise<void> {
    await cursor.close().catch(() => {})
    await new Promise<void>((resolve) => {
      const stop = clock.at(clock.now() + AGAIN_AFTER_MS, resolve)
      callOff = () => {
        stop()
        resolve()
      }
    })
    if (isOver) return
    cursor = await atEnd()
    onRemote(ANYTHING)
  }

  async function run(): Promise<void> {
    for (let isGood = true; !isOver; ) {
      try {
        if (!isGood) await again()
        isGood = true
        const hint = await cursor.tryNext()
        if (hint === null && cursor.id?.isZero() !== false) isGood = false
        if (hint !== null && hint.server !== server && !isOver) onRemote(remoteChangesOf(hint))
      } catch {
        isGood = false
      }
    }
  }

  const running = run()
  return async () => {
    isOver = true
    callOff()
    await cursor.close().catch(() => {})
    await running
  }
}

function remoteChangesOf({ commits, appended, accounts }: HintDocument): RemoteChanges {
  return {
    commits: commits.map(({ owner, next }) => ({ owner: owner === '' ? undefined : owner, next: next ?? undefined })),
    appended,
    accounts,
  }
}
