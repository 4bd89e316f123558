/** From the words of the command line to a command, and from its outcome to an exit code. */
import type { CommandContext } from './context.ts'
import { CommandFault, exitCodeOf, faultLines } from './fault.ts'
import { USAGE, version } from './help.ts'

type Command = (words: readonly string[], context: CommandContext) => Promise<number>

/** A command's code is loaded when it is asked for: `help` opens no database driver. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['serve', async (words, { terminal }) => await (await import('./serve.ts')).serve(words, terminal)],
  ['user', async (words, { terminal }) => await (await import('./user.ts')).user(words, terminal)],
  ['export', async (words, { terminal }) => await (await import('./export.ts')).exportStore(words, terminal)],
  ['import', async (words, { terminal }) => await (await import('./import.ts')).importStore(words, terminal)],
  ['demo', async (words, context) => await (await import('./demo/play.ts')).demo(words, context)],
  ['watch', async (words, { terminal }) => await (await import('./watch.ts')).watch(words, terminal)],
  ['participate', async (words, { terminal }) => await (await import('./participate.ts')).participate(words, terminal)],
  ['print', async (words, { terminal }) => await (await import('./print.ts')).print(words, terminal)],
  ['help', async (_, { terminal }) => (terminal.say(USAGE), 0)],
  ['version', async (_, { terminal }) => (terminal.say(version()), 0)],
])

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
])

/** @returns the exit code: 0 done, 1 could not be done, 2 not understood. */
export async function run(words: readonly string[], context: CommandContext): Promise<number> {
  const { terminal } = context
  const [first, ...rest] = words
  if (first === undefined) {
    terminal.complain(USAGE)
    return 2
  }
  try {
    const command = rest.includes('--help') ? COMMANDS.get('help') : COMMANDS.get(ALIASES.get(first) ?? first)
    if (command === undefined)
      throw new CommandFault(`There is no command "${first}". \`cpm-xdms help\` lists them.`, 2)
    return await command(rest, context)
  } catch (error) {
    for (const line of faultLines(error)) terminal.complain(`cpm-xdms: ${line}`)
    return exitCodeOf(error)
  }
}
