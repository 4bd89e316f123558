/**
 * `event: waiting`, for who asks for it: what waits for a user, or which of his devices are registered, may be another
 * now. It has no id and is not kept: it only says that one should look, and who comes anew does so by himself.
 */
import type { Clock } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Owner } from '../names.ts'

/** Milliseconds between two such events of one stream: many messages at once are one look. */
const OF_ONE_EVERY = 1_000
/** Of who watches everybody, there is always something. */
const OF_ALL_EVERY = 5_000

/**
 * `tell` is called after commits of that home, or of any.
 * @returns how to be told no more.
 */
export type FollowWaiting = (owner: Owner | undefined, tell: (user: Owner | undefined) => void) => () => void

/** One listener for all streams: a commit costs what the streams of its home are, however many others are open. */
export function createFollowWaiting({
  homes,
  clock,
}: {
  readonly homes: Pick<Homes, 'onCommit'>
  readonly clock: Clock
}): FollowWaiting {
  const hearing = new Map<Owner | undefined, Set<Hear>>()
  homes.onCommit((owner) => {
    const sets = owner === undefined ? [...hearing.values()] : [hearing.get(owner), hearing.get(undefined)]
    for (const set of sets) for (const hear of set ?? []) hear(owner)
  })

  return (owner, tell) => {
    const { hear, callOff } = seldom(clock, owner === undefined ? OF_ALL_EVERY : OF_ONE_EVERY, tell)
    const mine = hearing.get(owner) ?? new Set()
    hearing.set(owner, mine.add(hear))
    return () => {
      callOff()
      mine.delete(hear)
      if (mine.size === 0 && hearing.get(owner) === mine) hearing.delete(owner)
    }
  }
}

type Hear = (owner: Owner | undefined) => void

/** The first at once, what comes behind it together, when its time is over. */
function seldom(clock: Clock, every: number, tell: Hear): { readonly hear: Hear; readonly callOff: () => void } {
  let disarm: (() => void) | undefined
  const unsaid = new Set<Owner | undefined>()
  const say = (): void => {
    const [user] = unsaid
    const isOne = unsaid.size === 1
    unsaid.clear()
    disarm = clock.at(clock.now() + every, () => {
      disarm = undefined
      if (unsaid.size > 0) say()
    })
    tell(isOne ? user : undefined)
  }
  return {
    hear(owner) {
      // Of two it is said that there are several, so no more need to be known.
      if (unsaid.size < 2) unsaid.add(owner)
      if (disarm === undefined) say()
    },
    callOff: () => disarm?.(),
  }
}
