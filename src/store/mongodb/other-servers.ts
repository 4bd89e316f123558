/**
 * What the other servers do. Each writes hints into a capped collection, which is followed with a tailable cursor, and beats a pulse, which is
 * asked for where such a cursor is not to be had or costs too much. A lost hint does no harm: after any doubt everybody is told that anything
 * may have happened, and looks himself.
 */
import type { FindCursor, WithId } from 'mongodb'
import type { Clock, Instant, Randomness } from '../../clock.ts'
import type { Collections, HintDocument } from './collections.ts'
import type { BackgroundTasks } from './background-tasks.ts'

/** What somebody else did; an owner is missing where it is not known who was changed. */
export interface RemoteChanges {
  readonly commits: readonly { readonly owner: string | undefined; readonly next: Instant | undefined }[]
  readonly appended: boolean
  readonly accounts: boolean
}

export interface OtherServers {
  /** Tells the others, soon and without anybody waiting for it. */
  announce(what: RemoteChanges): void
  stop(): Promise<void>
}

interface Rooms {
  readonly collections: Pick<Collections, 'hints' | 'pulses'>
  readonly clock: Clock
  readonly random: Randomness
  readonly background: BackgroundTasks
  /** The same on all servers of one database. */
  readonly how: 'tail' | 'ask'
  readonly askEveryMs: number
  readonly onRemote: (what: RemoteChanges) => void
}

const NOTHING = { commits: [], appended: false, accounts: false }
const ANYTHING: RemoteChanges = { commits: [{ owner: undefined, next: undefined }], appended: true, accounts: true }
/** A hint names so many commits; where there were more it is not worth it. */
const COMMITS_AT_MOST = 200
/** The cursor waits so long for the next hint before it says that there is none. */
const AWAIT_MS = 500
const AGAIN_AFTER_MS = 250

/** Resolves when nothing that is done from now on is missed. */
export async function followOtherServers(rooms: Rooms): Promise<OtherServers> {
  const server = Buffer.from(rooms.random(12)).toString('base64url')
  const announce = createAnnouncing(rooms, server)
  const stopPolling = await pollPulses(rooms, server)
  const stop = rooms.how === 'ask' ? stopPolling : await tailOrPoll(rooms, server, stopPolling)
  return { announce, stop }
}

/** Those that come while one is being written go with the next one. */
function createAnnouncing(
  { collections: { hints, pulses }, clock, random, background, how }: Rooms,
  server: string,
): (what: RemoteChanges) => void {
  let waiting: RemoteChanges[] = []
  let isWriting = false

  async function write(): Promise<void> {
    // Cleared in the same turn in which nothing waits any more: whoever comes then begins anew.
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
      const beat = Buffer.from(random(9)).toString('base64url')
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

type Stop = () => Promise<void>

/** Looks whether another server's pulse is another one. */
async function pollPulses(
  { collections: { pulses }, clock, background, askEveryMs, onRemote }: Rooms,
  server: string,
): Promise<Stop> {
  const look = async (): Promise<string> =>
    JSON.stringify(
      (await pulses.find().toArray())
        .filter(({ _id }) => _id !== server)
        .map(({ _id, beat }) => [_id, beat])
        .sort(),
    )
  let seen: string | undefined = await look()
  let isOver = false
  const arm = (): (() => void) => clock.at(clock.now() + askEveryMs, () => background.run(again()))
  let disarm = arm()

  async function again(): Promise<void> {
    try {
      const now = await look()
      if (now !== seen && !isOver) onRemote(ANYTHING)
      seen = now
    } catch {
      // What happens meanwhile is not seen: the next look that succeeds tells of it.
      seen = undefined
    }
    if (!isOver) disarm = arm()
  }

  return async () => {
    isOver = true
    disarm()
  }
}

/** Follows the hints; whoever cannot do that goes on asking. */
async function tailOrPoll(rooms: Rooms, server: string, stopAsking: Stop): Promise<Stop> {
  const tail = await tailHints(rooms, server).catch(() => undefined)
  if (tail === undefined) return stopAsking
  await stopAsking()
  return tail
}

async function tailHints({ collections: { hints }, clock, random, onRemote }: Rooms, server: string): Promise<Stop> {
  let isOver = false
  let callOff = (): void => {}

  /** A cursor that stands behind everything that was there: behind a hint of its own. FerretDB closes one whose first batch is not full. */
  async function atEnd(): Promise<FindCursor<WithId<HintDocument>>> {
    const mark = Buffer.from(random(12)).toString('base64url')
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
