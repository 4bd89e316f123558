/**
 * The log: lines of JSON on standard error. Those of one turn of the event loop go out together, because each write
 * costs the system more than the line does. A process that is killed within a turn loses the lines of that turn.
 */
import { destination, pino, type Logger } from 'pino'

const STANDARD_ERROR = 2
/** So many bytes are not held back for the end of the turn. */
const HELD_AT_MOST = 8_192
/** pipe(7): so many bytes go into a pipe whole, so that no other process writes into the midst of a line. */
const HELD_BESIDE_OTHERS = 4_096

/** One for the process, however many logs are opened. */
let write: ((line: string) => void) | undefined

/** @param worker its number, where several processes write to one standard error. */
export function openLog(level: string, worker?: number): Logger {
  write ??= inTurns(worker === undefined ? HELD_AT_MOST : HELD_BESIDE_OTHERS)
  return pino({ level, base: worker === undefined ? null : { worker } }, { write })
}

function inTurns(atMost: number): (line: string) => void {
  // Held here and not there: who asks it for a flush waits for the disk, too, where the log is a file.
  const file = destination({ fd: STANDARD_ERROR, sync: true })
  let held = ''
  let bytes = 0
  let isArmed = false
  const flush = (): void => {
    if (held !== '') file.write(held)
    held = ''
    bytes = 0
  }
  process.on('exit', flush)
  return (line) => {
    const more = Buffer.byteLength(line)
    if (bytes + more > atMost) flush()
    held += line
    bytes += more
    if (isArmed) return
    isArmed = true
    setImmediate(() => {
      isArmed = false
      flush()
    })
  }
}
