/**
 * A watch of the changes: what was missed, then what comes, without a seam. It holds a position and pulls; the far
 * end's pace is its pace. At least once, one id for one change, in the order of the journal.
 */
import { createAlarm, type Clock } from '../clock.ts'
import { createBell, type Bell } from '../queue.ts'
import { maySee, type FeedEvent, type Watcher } from '../feed/changes.ts'
import type { PositionIds } from '../feed/ids.ts'
import type { Journal, Position } from '../feed/journal.ts'
import { Present, type PresentParts } from './present.ts'
import type { Tail, TailRead } from './tail.ts'

export type WatchStep =
  | { readonly kind: 'events'; readonly events: readonly FeedEvent[] }
  /**
   * What the watcher asked for is no longer kept, or was never given: it reads again what it holds, and goes on behind
   * `id`.
   */
  | { readonly kind: 'resync'; readonly id: string }
  /**
   * Nothing to see for a while. `id` moves the position over what this watcher may not see, and is another one each
   * time, whether anything was there or not.
   */
  | { readonly kind: 'quiet'; readonly id: string }

export interface Changes {
  /**
   * Resolves when the watch is in force: every change acknowledged from then on is in it.
   * @param after an id; the watch continues behind it. `undefined`: from now, and where the watcher named what he
   * watches, what is there comes first.
   * @param signal ends the watch.
   */
  watch(watcher: Watcher, after: string | undefined, signal: AbortSignal): Promise<AsyncIterable<WatchStep>>
}

export interface ChangesParts extends PresentParts {
  readonly journal: Journal
  readonly ids: PositionIds
  readonly tail: Tail
  /** Milliseconds between two signs of life. */
  readonly quietEvery: number
}

export function createChanges(parts: ChangesParts): Changes {
  const { ids, tail } = parts

  return {
    async watch(watcher, after, signal) {
      const bell = createBell()
      const { head, stop } = await tail.follow(bell.ring)
      signal.addEventListener('abort', bell.ring, { once: true })
      const asked = after === undefined ? head : ids.positionOf(after)
      // A position beyond the head was given by a store that has since lost its end.
      const from = asked !== undefined && asked <= head ? asked : undefined
      const start: Start = { head, from, isNew: after === undefined }
      return steps({ ...parts, bell }, watcher, start, signal, () => {
        stop()
        signal.removeEventListener('abort', bell.ring)
      })
    },
  }
}

interface Start {
  readonly head: Position
  /** `undefined`: what was asked for is no longer known. */
  readonly from: Position | undefined
  /** The watcher has no id yet. */
  readonly isNew: boolean
}

type Following = ChangesParts & { readonly bell: Bell }

async function* steps(
  parts: Following,
  watcher: Watcher,
  { head, from, isNew }: Start,
  signal: AbortSignal,
  stop: () => void,
): AsyncGenerator<WatchStep> {
  const { journal, ids, clock, tail, bell, describing } = parts
  let quiet = true
  const disarm = every(clock, parts.quietEvery, () => {
    quiet = true
    bell.ring()
  })
  try {
    let position: Position = from ?? head
    if (from === undefined) yield { kind: 'resync', id: ids.idOf(position) }
    const present = new Present(parts, watcher)
    if (isNew && watcher.view.targets !== undefined) yield* present.tell(position, signal)
    while (!signal.aborted) {
      const read: TailRead = await tail.read(position, watcher.owner)
      if (read.kind === 'gone') {
        position = await journal.head()
        yield { kind: 'resync', id: ids.idOf(position) }
        continue
      }
      const moved = read.upTo > position
      position = read.upTo
      const events: FeedEvent[] = []
      for (const event of read.events) {
        if (!maySee(watcher, event) || present.covers(event)) continue
        const described = await describing.describe(event, watcher.view)
        if (described !== undefined) events.push(described)
      }
      if (events.length > 0) yield { kind: 'events', events }
      if (quiet) {
        quiet = false
        yield { kind: 'quiet', id: ids.quietIdOf(position) }
      } else if (!moved) {
        await bell.rung()
      }
    }
  } finally {
    disarm()
    stop()
  }
}

function every(clock: Clock, milliseconds: number, run: () => void): () => void {
  const alarm = createAlarm(clock, () => {
    alarm.set(clock.now() + milliseconds)
    run()
  })
  alarm.set(clock.now() + milliseconds)
  return alarm.callOff
}
