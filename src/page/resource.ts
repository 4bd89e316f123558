/** What a view shows of the server: read once, and again when an event says that it may be another. */
import { platform } from '../client/platform.ts'
import { again } from './again.ts'
import { ask, Unreachable, type Problem } from './ask.ts'
import { listen, type LiveEvent } from './live.ts'
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
  /** Milliseconds since 1970 of when it is another by time alone, of which no event tells. */
  readonly until?: (value: T) => number | undefined
}

/** The server's clock and that of whoever looks are not quite the same. */
const LATE_MS = 1_000
/** A later end is nobody's business today, and browsers count no longer pause. */
const DAY_MS = 86_400_000

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
    let callOff = (): void => undefined
    const readAtEndOf = (value: T): void => {
      callOff()
      const pause = (latest.current.until?.(value) ?? Infinity) - platform.now()
      if (pause > 0 && pause < DAY_MS) callOff = platform.after(pause + LATE_MS, () => void read())
    }
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
        if (found.kind === 'there') readAtEndOf(found.value)
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
