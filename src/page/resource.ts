/** What a view shows of the server: read once, and again when an event says that it may be another. */
import { platform } from '../client/platform.ts'
import { again } from './again.ts'
import { ask, Unreachable, type Problem } from './ask.ts'
import { isUsed, listen, type LiveEvent } from './live.ts'
import { useEffect, useRef, useState } from './view.ts'

type State<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'there'; readonly value: T; readonly etag: string | undefined; readonly at: number }
  | { readonly kind: 'refused'; readonly problem: Problem }

export type Resource<T> = State<T> & {
  /** It is over when that is shown which is there now. */
  readonly reload: () => Promise<void>
  /** What was just saved is shown until it is read again. */
  readonly put: (value: T, etag: string | undefined) => void
}

export interface Reading<T> {
  /** Whether an event is about it. */
  readonly on?: (event: LiveEvent) => boolean
  /** What a 404 means here, where it means that there is none. */
  readonly none?: T
  /** What is shown stays until another target is read. */
  readonly keeps?: boolean
  /** No event tells of it: it is read again now and then, while somebody looks. */
  readonly looked?: boolean
}

/**
 * So often what no event tells of is read again while the page is in use: how many messages wait, and who is
 * registered. The stream tells of documents, of do-not-disturb, of the store and of reports. One of the queue would
 * wake every watcher of a user for each message that is sent to him, also those who only want his preferences; and an
 * inbox, which is told of what waits, is a device's. What comes with an event (do-not-disturb ends, a message is
 * stored) is read at once all the same.
 */
const LOOK_AGAIN_MS = 10_000

/** @param target `undefined` while it is not known what to read. */
export function useResource<T>(target: string | undefined, reading: Reading<T> = {}): Resource<T> {
  const [state, setState] = useState<{ readonly of: string | undefined; readonly now: State<T> }>({
    of: target,
    now: { kind: 'loading' },
  })
  const latest = useRef(reading)
  latest.current = reading
  const reload = useRef(() => Promise.resolve())

  useEffect(() => {
    if (target === undefined) return
    let over = false
    let isShown = false
    let isBehind = false
    let running: Promise<void> | undefined
    const unanswered = again()
    const readAll = async (): Promise<void> => {
      do {
        isBehind = false
        const found = await readOnce<T>(target, latest.current.none)
        if (over) return
        // The stream may live on while one request is lost: nothing else would ever ask for it again.
        if (found === undefined) {
          unanswered.later(() => void read())
          break
        }
        unanswered.had()
        // 1. A read begins. 2. An event comes. 3. The read is answered with what was before 2. It is read once more,
        // and nothing newer is replaced by it; where nothing is shown yet, it is better than nothing.
        if (!isBehind || !isShown) setState({ of: target, now: found })
        isShown = true
      } while (isBehind)
      running = undefined
    }
    const read = (): Promise<void> => {
      isBehind = running !== undefined
      return (running ??= readAll())
    }
    reload.current = read
    void read()
    const forget = listen((event) => {
      if (event.kind === 'again' || latest.current.on?.(event) === true) void read()
    })
    let callOff = (): void => undefined
    const look = (): void => {
      callOff = platform.after(LOOK_AGAIN_MS, () => {
        if (isUsed()) void read()
        look()
      })
    }
    if (latest.current.looked === true) look()
    return () => {
      over = true
      unanswered.end()
      callOff()
      forget()
    }
  }, [target])

  const now: State<T> = state.of === target || reading.keeps === true ? state.now : { kind: 'loading' }
  return {
    ...now,
    reload: () => reload.current(),
    put: (value, etag) => setState({ of: target, now: { kind: 'there', value, etag, at: platform.now() } }),
  }
}

/** `undefined` where nobody could be reached, or had time: what is shown stays, and is asked for again. */
async function readOnce<T>(target: string, none: T | undefined): Promise<State<T> | undefined> {
  try {
    const { status, json, etag, problem, text } = await ask('GET', target)
    if (status === 404 && none !== undefined) return { kind: 'there', value: none, etag: undefined, at: platform.now() }
    if (status === 429 || status === 503) return undefined
    if (problem !== undefined) return { kind: 'refused', problem }
    return { kind: 'there', value: (json ?? text) as T, etag, at: platform.now() }
  } catch (error) {
    if (error instanceof Unreachable) return undefined
    throw error
  }
}
