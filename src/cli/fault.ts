/** What a command ends with when it cannot do what was asked, in one line for people. */
import { SettingFault } from '../config.ts'
import { Refused } from '../refusal.ts'

/** 2: the command was not understood; 1: it was, and could not be done. */
export class CommandFault extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof CommandFault ? error.exitCode : isArgumentFault(error) ? 2 : 1
}

/** Never a stack trace: who reads it runs a server, and did not write it. */
export function faultLines(error: unknown): readonly string[] {
  if (error instanceof SettingFault) return error.message.split('\n')
  if (error instanceof CommandFault || error instanceof Refused) return [error.message]
  if (isShortOfFiles(error)) return [`${error.message}. ${MORE_FILES}`]
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return [first === '' ? 'It failed without saying why.' : first]
}

const MORE_FILES =
  'Each connection is a file, too: allow the process more of them, `ulimit -n 65536` in its shell or ' +
  'LimitNOFILE=65536 in its unit.'

/** Of the process, or of the machine. */
function isShortOfFiles(error: unknown): error is Error {
  return error instanceof Error && ['EMFILE', 'ENFILE'].includes(String((error as NodeJS.ErrnoException).code))
}

/** `node:util` says in words what is wrong with an option. */
function isArgumentFault(error: unknown): boolean {
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS_')
}
