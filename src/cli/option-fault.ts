/** What is said of an option that a command does not have. */
import { didYouMean } from '../similar.ts'
import { named, optionsOf } from './words.ts'

/** The option that `node:util` did not know, such as `--port`. */
export function namedOption(error: unknown): string | undefined {
  if (!(error instanceof TypeError) || (error as NodeJS.ErrnoException).code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return undefined
  return /'(--?[^' ]+)/.exec(error.message)?.[1]
}

/** @param words of the whole command line. */
export async function optionFault(option: string, words: readonly string[]): Promise<string> {
  const { SETTINGS } = await import('../settings.ts')
  const setting = `XDMS_${option.replace(/^-+/, '').replaceAll('-', '_').toUpperCase()}`
  if (Object.hasOwn(SETTINGS, setting))
    return `There is no option ${option}; it is a setting: ${setting}=… before the command.`
  const [command] = named(words)
  const known = command === undefined ? [] : optionsOf(command)
  const meant = didYouMean(option, known)
  return `There is no option ${option}.${meant} \`cpm-xdms help ${command?.name ?? ''}\` lists them.`
}
