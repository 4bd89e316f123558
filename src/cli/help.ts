/** What `help` prints, whole or for one command. */
import { COMMANDS, firstWords, named, type CommandWords } from './words.ts'
import { didYouMean } from '../similar.ts'
import { CommandFault } from './fault.ts'

const COLUMN = 38
const OPTION_COLUMN = 26

const EXIT_CODES = 'Exit codes: 0 done; 1 understood, and not done; 2 not understood.'

const SETTINGS_TEXT = `Settings come from the environment, for all commands alike, and from the file that --config FILE names
(NAME=value, one a line; what the environment has counts more). src/cli/README.md has their table.
XDMS_DATA, the folder of the store, is ./data unless you say otherwise.`

const general =
  (): string => `cpm-xdms: preferences of messaging users over XCAP and REST, and messages that wait until they may arrive

${COMMANDS.map(line).join('\n')}

\`cpm-xdms help COMMAND\` says more of one of them. XUI is like sip:alice@example.com. A password is asked for; with
--password-stdin it is read from standard input. All commands work while a server runs, unless they say otherwise.
${SETTINGS_TEXT}
${EXIT_CODES}`

function line({ name, takes, says }: CommandWords): string {
  const left = `  cpm-xdms ${takes === undefined ? name : `${name} ${takes}`}`
  return left.length < COLUMN ? left.padEnd(COLUMN) + says : `${left}\n${' '.repeat(COLUMN)}${says}`
}

/** @throws CommandFault for what is no command. */
export function help(words: readonly string[]): string {
  if (words.length === 0) return general()
  const [only, ...others] = named(words)
  if (only === undefined) throw unknown(words[0] ?? '')
  if (others.length > 0) return [only, ...others].map(line).join('\n')
  return [
    `cpm-xdms ${only.name}${only.takes === undefined ? '' : ` ${only.takes}`}`,
    `  ${only.says}`,
    ...Object.entries(only.options ?? {}).map(([option, says]) => `  ${option.padEnd(OPTION_COLUMN)}${says}`),
    `  ${'--config FILE'.padEnd(OPTION_COLUMN)}settings, NAME=value, one a line`,
    ...(only.more ?? []),
    ...(only.examples ?? []).map((example) => `  ${example}`),
    EXIT_CODES,
  ].join('\n')
}

export function unknown(command: string): CommandFault {
  return new CommandFault(
    `There is no command "${command}".${didYouMean(command, firstWords())} \`cpm-xdms help\` lists them.`,
    2,
  )
}
