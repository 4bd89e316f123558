/** `text/event-stream` on a response (WHATWG HTML §9.2), with the far end's pace. */
import type { Clock } from '../clock.ts'
import type { Response } from './http-server.ts'

export interface EventStream {
  /** False once the far end is gone or the stream was ended. */
  readonly open: boolean
  /** Aborted when the stream is over, whoever ended it. */
  readonly signal: AbortSignal
  /** Bytes written and not yet taken by the operating system. */
  readonly backlog: number
  /** @param taken called when the operating system has the text, or nobody will have it. */
  write(text: string | Uint8Array, taken?: () => void): void
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

/**
 * Bytes that a stream hands to the operating system in one turn of the event loop: copying megabytes for each of many
 * inboxes at once would hold up everybody else.
 */
const PIECE_BYTES = 65_536

interface Unsent {
  readonly bytes: Uint8Array
  readonly taken: (() => void) | undefined
}

/**
 * @param patience milliseconds that a far end may take nothing before its connection is cut; what it has to take gives
 * it more.
 */
export function createEventStream(res: Response, clock: Clock, patience: number): EventStream {
  const over = new AbortController()
  const unsent: Unsent[] = []
  let unsentBytes = 0
  let ending = false
  let isPaused = false
  let clear: (() => void) | undefined
  let callOff: (() => void) | undefined
  const backlog = (): number => res.writableLength + unsentBytes
  const allowTime = (): void => {
    callOff ??= clock.at(clock.now() + patience + backlog() / SLOWEST, () => res.destroy())
  }
  const onTaken = (): void => {
    callOff?.()
    callOff = undefined
    clear?.()
  }
  const goOn = (): void => {
    isPaused = false
    for (let room = PIECE_BYTES; room > 0 && unsent[0] !== undefined && !res.writableNeedDrain; ) {
      const { bytes, taken } = unsent[0]
      const piece = bytes.subarray(0, room)
      room -= piece.length
      unsentBytes -= piece.length
      const rest = bytes.subarray(piece.length)
      if (rest.length === 0) unsent.shift()
      else unsent[0] = { bytes: rest, taken }
      res.write(piece, rest.length === 0 ? taken : undefined)
    }
    if (unsent.length === 0 && ending) res.end()
    if (unsent.length > 0 && !res.writableNeedDrain) pause()
    if (unsent.length > 0 || res.writableNeedDrain) allowTime()
    else if (!ending) onTaken()
  }
  const pause = (): void => {
    isPaused = true
    setImmediate(goOn)
  }
  const onDrain = (): void => {
    if (unsent.length > 0) return pause()
    if (!ending) onTaken()
  }
  const onClose = (): void => {
    over.abort()
    onTaken()
    unsentBytes = 0
    for (const { taken } of unsent.splice(0)) taken?.()
  }
  res.on('drain', onDrain)
  // The far end may have gone while its watch was being prepared.
  if (res.closed || res.destroyed || res.req.socket.destroyed) onClose()
  else res.once('close', onClose)
  return {
    get open() {
      return !over.signal.aborted
    },
    signal: over.signal,
    get backlog() {
      return backlog()
    },
    write(text, taken) {
      if (over.signal.aborted) return taken?.()
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      unsent.push({ bytes, taken })
      unsentBytes += bytes.length
      if (!isPaused && !res.writableNeedDrain) goOn()
    },
    async ready() {
      if (over.signal.aborted || (unsent.length === 0 && !res.writableNeedDrain)) return
      await new Promise<void>((resolve) => (clear = resolve))
      clear = undefined
    },
    end() {
      if (over.signal.aborted) return
      over.abort()
      ending = true
      if (!isPaused && !res.writableNeedDrain) goOn()
      allowTime()
    },
  }
}
