/** From the words of the command line to a command, and from its outcome to an exit code. */
import { readConfigFile } from '../config.ts'
import { version } from '../version.ts'
import type { CommandContext } from './context.ts'
import { CommandFault, exitCodeOf, faultLines } from './fault.ts'
import { help, unknown } from './help.ts'
import { namedOption, optionFault } from './option-fault.ts'

type Command = (words: readonly string[], context: CommandContext) => Promise<number>

/** A command's code is loaded when it is asked for: `help` opens no database driver. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['serve', async (words, { terminal }) => await (await import('./serve.ts')).serve(words, terminal)],
  ['user', async (words, { terminal }) => await (await import('./user.ts')).user(words, terminal)],
  ['queue', async (words, { terminal }) => await (await import('./queue.ts')).queue(words, terminal)],
  ['why', async (words, { terminal }) => await (await import('./queue.ts')).why(words, terminal)],
  ['preferences', async (words, { terminal }) => await (await import('./preferences.ts')).preferences(words, terminal)],
  ['policy', async (words, { terminal }) => await (await import('./policy.ts')).policy(words, terminal)],
  ['audit', async (words, { terminal }) => await (await import('./audit.ts')).audit(words, terminal)],
  ['export', async (words, { terminal }) => await (await import('./move.ts')).exportStore(words, terminal)],
  ['import', async (words, { terminal }) => await (await import('./move.ts')).importStore(words, terminal)],
  ['backup', async (words, { terminal }) => await (await import('./backup.ts')).backUpStore(words, terminal)],
  ['restore', async (words, { terminal }) => await (await import('./backup.ts')).restoreStore(words, terminal)],
  ['check', async (words, { terminal }) => await (await import('./check.ts')).checkCommand(words, terminal)],
  ['demo', async (words, context) => await (await import('./demo/demo.ts')).demo(words, context)],
  ['watch', async (words, { terminal }) => await (await import('./watch.ts')).watch(words, terminal)],
  ['participate', async (words, { terminal }) => await (await import('./participate.ts')).participate(words, terminal)],
  ['print', async (words, { terminal }) => await (await import('./print/print.ts')).print(words, terminal)],
  ['help', async (words, { terminal }) => (terminal.say(help(words)), 0)],
  ['version', async (_, { terminal }) => (terminal.say(version()), 0)],
])

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
])

/** @returns the exit code: 0 done, 1 could not be done, 2 not understood. */
export async function run(given: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context
  if (given.length === 0) {
    terminal.complain(help([]))
    return 2
  }
  try {
    const { words, file } = withoutConfig(given)
    if (file !== undefined) readConfigFile(file)
    const [first = '--help', ...rest] = words
    if (rest.some((word) => ['--help', '-h'].includes(word))) {
      terminal.say(help([first, ...rest.filter((word) => !word.startsWith('-'))]))
      return 0
    }
    const command = COMMANDS.get(ALIASES.get(first) ?? first)
    if (command === undefined) throw unknown(first)
    return await command(rest, context)
  } catch (error) {
    const option = namedOption(error)
    const lines = option === undefined ? faultLines(error) : [await optionFault(option, given)]
    for (const line of lines) terminal.complain(`cpm-xdms: ${line}`)
    return exitCodeOf(error)
  }
}

/** `--config FILE` may stand anywhere, for every command. */
function withoutConfig(given: readonly string[]): { readonly words: readonly string[]; readonly file?: string } {
  const at = given.findIndex((word) => word === '--config' || word.startsWith('--config='))
  const [option, next] = at < 0 ? [] : given.slice(at)
  if (option === undefined) return { words: given }
  const joined = option.startsWith('--config=')
  const file = joined ? option.slice('--config='.length) : next
  if (file === undefined || file === '') throw new CommandFault('--config names a file with settings.', 2)
  return { words: given.toSpliced(at, joined ? 1 : 2), file }
}
