/** Tells who holds something by a session, a stream for one, when that session ends. */
import type { Clock, Instant } from '../clock.ts'
import type { Homes } from '../home/home.ts'
import type { Xui } from '../names.ts'
import { oneAtATime } from '../queue.ts'

/**
 * `lost` is called once, when the time is over or `stands` says no after a commit of the home, whichever server made
 * it.
 * @returns how to stop watching.
 */
export type WatchSession = (xui: Xui, expires: Instant, stands: () => Promise<boolean>, lost: () => void) => () => void

export function createSessionWatch(homes: Pick<Homes, 'onCommit'>, clock: Clock): WatchSession {
  const looks = new Map<Xui, Set<() => void>>()
  homes.onCommit((owner) => {
    const concerned = owner === undefined ? [...looks.values()] : [looks.get(owner as Xui)]
    for (const look of concerned.flatMap((set) => [...(set ?? [])])) look()
  })

  return (xui, expires, stands, lost) => {
    const stop = (): void => {
      disarm()
      const mine = looks.get(xui)
      if (mine?.delete(look) === true && mine.size === 0) looks.delete(xui)
    }
    const end = (): void => {
      stop()
      lost()
    }
    const check = oneAtATime(async () => {
      if (looks.get(xui)?.has(look) === true && !(await stands()) && looks.get(xui)?.has(look) === true) end()
    })
    // A store in trouble says nothing of the session: the next commit, or its time, does.
    const look = (): void => void check().catch(() => undefined)
    const disarm = clock.at(expires, end)
    looks.set(xui, (looks.get(xui) ?? new Set()).add(look))
    return stop
  }
}
