/**
 * What the other servers do. Each writes hints into a capped collection, which is followed with a tailable cursor, and
 * beats a pulse, which is asked for where such a cursor is not to be had or costs too much. A lost hint does no harm:
 * after any doubt all listeners are told that anything may have happened, and each reads what is there.
 */
import { identifier } from '../../clock.ts'
import type { HintDocument } from './collections.ts'
import { pollPulses } from './poll-pulses.ts'
import type { RemoteChanges } from '../remote-changes.ts'
import type { FollowRooms, Stop } from './follow-rooms.ts'
import { tailHints } from './tail-hints.ts'

export interface OtherServers {
  /** Tells the others, soon and without anybody waiting for it. */
  announce(what: RemoteChanges): void
  stop(): Promise<void>
}

/** A hint names so many commits; where there were more it is not worth it. */
const COMMITS_AT_MOST = 200
/** Resolves when nothing that is done from now on is missed. */
export async function followOtherServers(rooms: FollowRooms): Promise<OtherServers> {
  const server = identifier(rooms.random)
  const announce = createAnnouncing(rooms, server)
  const stopPolling = await pollPulses(rooms, server)
  const stop = rooms.how === 'ask' ? stopPolling : await tailOrPoll(rooms, server, stopPolling)
  return { announce, stop }
}

/** Those that come while one is being written go with the next one. */
function createAnnouncing(
  { collections: { hints, pulses }, clock, random, background, how }: FollowRooms,
  server: string,
): (what: RemoteChanges) => void {
  let waiting: RemoteChanges[] = []
  let isWriting = false

  async function write(): Promise<void> {
    // Cleared at once when nothing waits any more, so that the next announcement begins anew.
    for (; waiting.length > 0; isWriting = waiting.length > 0) {
      const all = waiting
      waiting = []
      const commits = all
        .flatMap((each) => each.commits)
        .map(({ owner, next }) => ({ owner: owner ?? '', next: next ?? null }))
      const hint: HintDocument = {
        server,
        commits: commits.length > COMMITS_AT_MOST ? [{ owner: '', next: null }] : commits,
        appended: all.some(({ appended }) => appended),
        accounts: all.some(({ accounts }) => accounts),
      }
      const beat = identifier(random, 9)
      await Promise.allSettled([
        ...(how === 'tail' ? [hints.insertOne(hint)] : []),
        // This server alone writes it, one after the other.
        pulses.updateOne({ _id: server }, { $set: { beat, at: clock.now() } }, { upsert: true }),
      ])
    }
  }

  return (what) => {
    waiting.push(what)
    if (isWriting) return
    isWriting = true
    background.run(write())
  }
}

/** Follows the hints; where the database cannot do that, the pulses are polled on. */
async function tailOrPoll(rooms: FollowRooms, server: string, stopPolling: Stop): Promise<Stop> {
  const tail = await tailHints(rooms, server).catch(() => undefined)
  if (tail === undefined) return stopPolling
  await stopPolling()
  return tail
}
