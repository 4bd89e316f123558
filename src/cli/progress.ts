/**
 * How far something is, on standard error: a bar that is written over where somebody looks, else a line now and then.
 */
import type { Progress } from '../store/move.ts'
import type { Terminal } from './terminal.ts'

const WIDTH = 32
const BAR_EVERY_MS = 100
const LINE_EVERY_MS = 5_000

/** @param elapsed milliseconds of a clock that is never set. */
export function createProgress(terminal: Terminal, elapsed: () => number): { readonly show: Progress; end(): void } {
  const every = terminal.watched ? BAR_EVERY_MS : LINE_EVERY_MS
  // A short work needs no line, but who looks sees a bar at once.
  let next = terminal.watched ? -Infinity : elapsed() + every
  let written = 0

  function write(text: string): void {
    terminal.ask(`\r${text.padEnd(written)}`)
    written = text.length
  }

  return {
    show(doing, done, total) {
      const now = elapsed()
      if (now < next && !(terminal.watched && done === total)) return
      next = now + every
      const part = total === 0 ? 1 : Math.min(1, done / total)
      const figures = `${Math.floor(part * 100)} % (${done} of ${total})`
      if (!terminal.watched) return terminal.complain(`${doing}: ${figures}`)
      const full = Math.floor(part * WIDTH)
      write(`${doing} [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${figures}`)
    },
    end() {
      if (written === 0) return
      written = 0
      terminal.ask('\n')
    },
  }
}
