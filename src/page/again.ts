/** What could not be had is asked for again by itself, after longer and longer pauses. */
import { platform } from '../client/platform.ts'

/** Soon enough that nobody waits for it when one answer was lost. */
const FIRST_AGAIN_MS = 250
/** A server that is away for long is not asked all the time; its stream, too, tells when it is back. */
const AGAIN_AT_MOST_MS = 5_000

export interface Again {
  /** Once more, later. */
  later(run: () => void): void
  /** It was had: the next pause is a short one. */
  had(): void
  /** Nobody wants it any more. */
  end(): void
}

export function again(): Again {
  let pause = FIRST_AGAIN_MS
  let callOff = (): void => undefined
  return {
    later(run) {
      callOff()
      callOff = platform.after(pause, run)
      pause = Math.min(2 * pause, AGAIN_AT_MOST_MS)
    },
    had() {
      callOff()
      pause = FIRST_AGAIN_MS
    },
    end: () => callOff(),
  }
}
