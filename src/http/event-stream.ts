/** `text/event-stream` on a response (WHATWG HTML §9.2), with the far end's pace. */
import type { Clock } from '../clock.ts'
import type { Response } from './express-server.ts'

export interface EventStream {
  /** False once the far end is gone or the stream was ended. */
  readonly open: boolean
  /** Aborted when the stream is over, whoever ended it. */
  readonly signal: AbortSignal
  /** Bytes written and not yet taken by the operating system. */
  readonly backlog: number
  /** @param taken called when the operating system has the text, or nobody will have it. */
  write(text: string, taken?: () => void): void
  /** Resolves when the far end can take more, or is gone. */
  ready(): Promise<void>
  /** Ends it cleanly: everything written still goes out. */
  end(): void
}

/** Bytes in a millisecond, about 256 kbit/s: a far end that takes less is as good as gone. */
export const SLOWEST = 32

/** A comment line keeps proxies from closing a silent connection. */
export const COMMENT = ':\n\n'

export function eventText(event: string, id: string | undefined, data: string): string {
  // JSON text has no line breaks, so one data line is enough.
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`
}

/** Moves the position without an event. */
export function idText(id: string): string {
  return `id: ${id}\n\n`
}

/** @param patience milliseconds that a far end may take nothing before its connection is cut; what it has to take gives it more. */
export function createEventStream(res: Response, clock: Clock, patience: number): EventStream {
  const over = new AbortController()
  let clear: (() => void) | undefined
  let callOff: (() => void) | undefined
  const allowTime = (): void => {
    callOff ??= clock.at(clock.now() + patience + res.writableLength / SLOWEST, () => res.destroy())
  }
  const taken = (): void => {
    callOff?.()
    callOff = undefined
    clear?.()
  }
  const onClose = (): void => {
    over.abort()
    taken()
  }
  res.on('drain', taken)
  // The far end may have gone while its watch was being prepared.
  if (res.closed || res.destroyed || res.req.socket.destroyed) onClose()
  else res.once('close', onClose)
  return {
    get open() {
      return !over.signal.aborted
    },
    signal: over.signal,
    get backlog() {
      return res.writableLength
    },
    write(text, taken) {
      if (over.signal.aborted) return taken?.()
      if (!res.write(text, taken)) allowTime()
    },
    async ready() {
      if (over.signal.aborted || !res.writableNeedDrain) return
      await new Promise<void>((resolve) => (clear = resolve))
      clear = undefined
    },
    end() {
      if (over.signal.aborted) return
      over.abort()
      res.end()
      allowTime()
    },
  }
}
