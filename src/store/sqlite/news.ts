/** Who is told of what is committed: here, and in the other workers of this server. */
import type { Clock, Instant } from '../../clock.ts'
import type { Owner } from '../../names.ts'
import type { Channel } from '../../workers/channel.ts'
import { createListeners, type Listeners } from '../listeners.ts'
import { ANYTHING, NOTHING, type RemoteChanges } from '../remote-changes.ts'

interface News {
  readonly committed: Listeners<[Owner | undefined, Instant | undefined]>
  readonly appended: Listeners<[]>
  readonly accountsChanged: Listeners<[]>
  /** To the others: a transaction of ours is over, whatever was in it. */
  tellOfTransaction(): void
  /** To those here: somebody else committed something. */
  tellOfOthers(): void
}

interface NewsRooms {
  readonly clock: Clock
  readonly onTrouble: (trouble: unknown) => void
  /** `undefined`: this process is the whole server. */
  readonly changes: Channel<RemoteChanges> | undefined
  /** Milliseconds between two looks at what others committed. */
  readonly lookEveryMs: number
}

/** What needs no haste goes with what does, or together. */
const TRANSACTION_WITHIN_MS = 10
/**
 * Where a look finds that others have committed, and workers have told of commits since the look before, it is theirs
 * that it found. What a command committed at the same time is found so much later.
 */
const UNTOLD_AT_MOST_MS = 5_000

export function createNews({ clock, onTrouble, changes, lookEveryMs }: NewsRooms): News {
  const committed = createListeners<[Owner | undefined, Instant | undefined]>(onTrouble)
  const appended = createListeners<[]>(onTrouble)
  const accountsChanged = createListeners<[]>(onTrouble)

  const tellHere = (what: RemoteChanges): void => {
    if (what.appended) appended.tell()
    if (what.accounts) accountsChanged.tell()
    for (const { owner, next } of what.commits) committed.tell(owner as Owner | undefined, next)
  }
  const here = { committed, appended, accountsChanged }
  if (changes === undefined) return { ...here, tellOfTransaction() {}, tellOfOthers: () => tellHere(ANYTHING) }

  let heardAt: Instant = Number.NEGATIVE_INFINITY
  let wokenAt = clock.now()
  changes.hear((what) => {
    heardAt = clock.now()
    tellHere(what)
  })
  const tell = (what: Partial<RemoteChanges>, within?: number): void => changes.tell({ ...NOTHING, ...what }, within)
  // Whose place this worker takes may have died between a commit and its news.
  tell(ANYTHING)
  return {
    committed: alsoElsewhere(committed, (owner, next) => tell({ commits: [{ owner, next }] })),
    appended: alsoElsewhere(appended, () => tell({ appended: true })),
    accountsChanged: alsoElsewhere(accountsChanged, () => tell({ accounts: true })),
    tellOfTransaction: () => tell(NOTHING, TRANSACTION_WITHIN_MS),
    tellOfOthers() {
      const now = clock.now()
      // For what nobody told of, all are looked at who have an inbox open here: with many, that is not for nothing.
      const isTold = Math.abs(now - heardAt) <= 2 * lookEveryMs && Math.abs(now - wokenAt) < UNTOLD_AT_MOST_MS
      if (!isTold) wokenAt = now
      tellHere(isTold ? { ...ANYTHING, commits: [] } : ANYTHING)
    },
  }
}

function alsoElsewhere<Happened extends readonly unknown[]>(
  { add, tell }: Listeners<Happened>,
  elsewhere: (...happened: Happened) => void,
): Listeners<Happened> {
  return {
    add,
    tell(...happened) {
      elsewhere(...happened)
      tell(...happened)
    },
  }
}
