/** The FILE of a command. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CommandFault } from './fault.ts'

/** @returns an absolute path. */
export function readFile(words: readonly string[]): string {
  const { positionals } = parseArgs({ args: [...words], allowPositionals: true, options: {} })
  const [file, ...others] = positionals
  if (file === undefined || file === '' || others.length > 0)
    throw new CommandFault('One FILE is needed, like xdms-export.ndjson.', 2)
  return resolve(file)
}
