/**
 * Where a command reads and writes. Standard output and the errors of a command are lines for people; the log is not
 * theirs.
 */
import { createInterface } from 'node:readline'
import { Writable, type Readable } from 'node:stream'
import { CommandFault } from './fault.ts'

export interface Input extends Readable {
  readonly isTTY?: boolean | undefined
  setRawMode?(on: boolean): unknown
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
  for await (const chunk of input as AsyncIterable<string | Uint8Array>) {
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
 * Lines typed, which readline edits as a shell does and shows nowhere. What is typed (or pasted) ahead belongs to the
 * next question.
 */
function asking(terminal: Terminal): { next(question: string): Promise<string>; end(): void } {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const typing = createInterface({ input: terminal.input, output: nowhere, terminal: true, historySize: 0 })
  const lines: string[] = []
  let isOver = false
  let wake: () => void = () => {}
  typing.on('line', (line) => {
    lines.push(line)
    wake()
  })
  // Control-C, control-D, and an input that ends.
  for (const end of ['SIGINT', 'close'])
    typing.on(end, () => {
      isOver = true
      wake()
    })
  return {
    async next(question) {
      terminal.ask(question)
      while (lines.length === 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve))
      const line = lines.shift()
      if (line === undefined) throw new CommandFault('Nothing was changed.', 1)
      terminal.ask('\n')
      return line
    },
    end: () => typing.close(),
  }
}
