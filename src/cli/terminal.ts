/**
 * Where a command reads and writes. Standard output and the errors of a command are lines for people; the log is not
 * theirs.
 */
import { CommandFault } from './fault.ts'

export interface Input extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined
  setRawMode?(on: boolean): unknown
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

export interface Terminal {
  readonly input: Input
  /** A line on standard output. */
  readonly say: (line: string) => void
  /** A line on standard error. */
  readonly complain: (line: string) => void
  /** Asks without a line end, and not on standard output, so that a redirected answer stays clean. */
  readonly ask: (question: string) => void
  /** Somebody looks at standard output: colours are welcome. */
  readonly coloured: boolean
  /** Somebody looks at standard error: a line that is not ended may be written over. */
  readonly watched: boolean
}

const INTERRUPT = '\u0003'
const END_OF_INPUT = '\u0004'
const ERASE: ReadonlySet<string> = new Set(['\u007f', '\b'])
const PASSWORD_BYTES_AT_MOST = 4096

/**
 * The password: from the pipe where `fromPipe` allows it, else asked for twice, without echo.
 * @throws CommandFault when there is nobody to ask, or the two differ.
 */
export async function readPassword(terminal: Terminal, fromPipe: boolean, whose: string): Promise<string> {
  if (fromPipe) return await readPipe(terminal.input)
  if (terminal.input.isTTY !== true || terminal.input.setRawMode === undefined) {
    throw new CommandFault(
      'Standard input is no terminal to ask for a password on. Give --password-stdin to read it from there.',
      2,
    )
  }
  const answers = asking(terminal)
  try {
    const first = await answers.next(`Password for ${whose}: `)
    const second = await answers.next('The same again: ')
    if (first !== second) throw new CommandFault('The two passwords differ. Nothing was changed.', 1)
    return first
  } finally {
    answers.end()
  }
}

/** All of standard input, without the line end that `echo` leaves. */
async function readPipe(input: Input): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > PASSWORD_BYTES_AT_MOST)
      throw new CommandFault('What comes on standard input is too long for a password.', 1)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

/**
 * Lines typed in raw mode, so that the terminal does not show them. What is typed (or pasted) ahead belongs to the next
 * question.
 */
function asking(terminal: Terminal): { next(question: string): Promise<string>; end(): void } {
  const { input } = terminal
  const decoder = new TextDecoder()
  let typed: string[] = []
  let wake: () => void = () => {}
  const onData = (chunk: Buffer | string): void => {
    typed.push(...(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })))
    wake()
  }
  input.setRawMode?.(true)
  input.on('data', onData)
  input.resume()
  return {
    async next(question) {
      terminal.ask(question)
      let line = ''
      for (;;) {
        const [character, ...rest] = typed
        typed = rest
        if (character === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else if (character === '\r' || character === '\n') break
        else if (character === INTERRUPT || character === END_OF_INPUT)
          throw new CommandFault('Nothing was changed.', 1)
        else line = ERASE.has(character) ? [...line].slice(0, -1).join('') : line + character
      }
      terminal.ask('\n')
      return line
    },
    end() {
      input.off('data', onData)
      input.pause()
      input.setRawMode?.(false)
    },
  }
}
