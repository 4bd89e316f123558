/**
 * The log: lines of JSON on standard error. Those of one turn of the event loop go out together, because each write
 * costs the system more than the line does. A process that is killed within a turn loses the lines of that turn.
 */
import { destination, pino, type Logger } from 'pino'

const STANDARD_ERROR = 2
/** So many bytes are not held back for the end of the turn. */
const HELD_AT_MOST = 8_192
/** pipe(7): so many bytes go into a pipe whole, so that no other process writes into the midst of a line. */
const BESIDE_OTHERS = { minLength: 2_048, maxWrite: 4_096 }

/** One for the process, however many logs are opened. */
let write: ((line: string) => void) | undefined

/** @param worker its number, where several processes write to one standard error. */
export function openLog(level: string, worker?: number): Logger {
  write ??= inTurns(worker === undefined ? {} : BESIDE_OTHERS)
  return pino({ level, base: worker === undefined ? null : { worker } }, { write })
}

function inTurns(bounds: Partial<typeof BESIDE_OTHERS>): (line: string) => void {
  const file = destination({ fd: STANDARD_ERROR, sync: true, minLength: HELD_AT_MOST, ...bounds })
  let held = false
  const flush = (): void => {
    held = false
    file.flushSync()
  }
  process.on('exit', flush)
  return (line) => {
    file.write(line)
    if (!held) setImmediate(flush)
    held = true
  }
}
