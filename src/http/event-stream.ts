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

/** What is written and not yet handed to the operating system. */
class UnsentPieces {
  readonly #pieces: Unsent[] = []
  bytes = 0

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  add(bytes: Uint8Array, taken: (() => void) | undefined): void {
    this.#pieces.push({ bytes, taken })
    this.bytes += bytes.length
  }

  /** As much as there is room for. */
  handTo(res: Response): void {
    for (let room = PIECE_BYTES; room > 0 && this.#pieces[0] !== undefined && !res.writableNeedDrain; ) {
      const { bytes, taken } = this.#pieces[0]
      const piece = bytes.subarray(0, room)
      room -= piece.length
      this.bytes -= piece.length
      const rest = bytes.subarray(piece.length)
      if (rest.length === 0) this.#pieces.shift()
      else this.#pieces[0] = { bytes: rest, taken }
      res.write(piece, rest.length === 0 ? taken : undefined)
    }
  }

  /** Nobody will have them. */
  giveUp(): void {
    this.bytes = 0
    for (const { taken } of this.#pieces.splice(0)) taken?.()
  }
}

/**
 * @param patience milliseconds that a far end may take nothing before its connection is cut; what it has to take gives
 * it more.
 */
export function createEventStream(res: Response, clock: Clock, patience: number): EventStream {
  const over = new AbortController()
  const unsent = new UnsentPieces()
  let ending = false
  let isPaused = false
  let clear: (() => void) | undefined
  let callOff: (() => void) | undefined
  const backlog = (): number => res.writableLength + unsent.bytes
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
    unsent.handTo(res)
    if (unsent.isEmpty && ending) res.end()
    if (!unsent.isEmpty && !res.writableNeedDrain) pause()
    if (!unsent.isEmpty || res.writableNeedDrain) allowTime()
    else if (!ending) onTaken()
  }
  const pause = (): void => {
    isPaused = true
    setImmediate(goOn)
  }
  const goOnIfFree = (): void => {
    if (!isPaused && !res.writableNeedDrain) goOn()
  }
  listenTo(res, {
    drain() {
      if (!unsent.isEmpty) pause()
      else if (!ending) onTaken()
    },
    close() {
      over.abort()
      onTaken()
      unsent.giveUp()
    },
  })
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
      unsent.add(typeof text === 'string' ? Buffer.from(text) : text, taken)
      goOnIfFree()
    },
    async ready() {
      if (over.signal.aborted || (unsent.isEmpty && !res.writableNeedDrain)) return
      await new Promise<void>((resolve) => (clear = resolve))
      clear = undefined
    },
    end() {
      if (over.signal.aborted) return
      over.abort()
      ending = true
      goOnIfFree()
      allowTime()
    },
  }
}

function listenTo(res: Response, { drain, close }: { readonly drain: () => void; readonly close: () => void }): void {
  res.on('drain', drain)
  // The far end may have gone while its watch was being prepared.
  if (res.closed || res.destroyed || res.req.socket.destroyed) close()
  else res.once('close', close)
}
