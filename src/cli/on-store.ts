/** Commands that work on the store which the settings name, beside the server that may run on it. */
import { assemble, type Assembled } from '../assemble.ts'
import { readSettings } from '../config.ts'
import type { Principal } from '../access/account.ts'
import type { Xui } from '../names.ts'
import { didYouMean } from '../similar.ts'
import { userNamed } from '../xui.ts'
import { mustBeThere } from './existing.ts'
import { CommandFault } from './fault.ts'
import type { Terminal } from './terminal.ts'

export type StoreWork = (assembled: Assembled, terminal: Terminal) => Promise<void>

/** Who may open the store may do what an administrator may. */
export const OPERATOR: Principal = { xui: 'urn:cpm-xdms:command-line' as Xui, role: 'administrator' }

/** @param mayMake whether there need not be a store yet. */
export async function onStore(work: StoreWork, terminal: Terminal, mayMake = false): Promise<number> {
  const settings = readSettings()
  if (!mayMake) await mustBeThere(settings)
  const assembled = await assemble(settings)
  try {
    await work(assembled, terminal)
    return 0
  } finally {
    await assembled.close()
  }
}

/** Of `queue list` and its like. @throws CommandFault */
export function chooseCommand<T>(first: string, second: string, commands: ReadonlyMap<string, T>): T {
  const chosen = commands.get(second)
  if (chosen !== undefined) return chosen
  const names = [...commands.keys()]
  const all = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
  throw new CommandFault(
    second === ''
      ? `After "${first}" comes ${all}.`
      : `After "${first}" comes ${all}, not "${second}".${didYouMean(second, names)}`,
    2,
  )
}

/** An XUI, or the bare name of a user in the realm. @throws CommandFault */
export function onlyXui(positionals: readonly string[]): Xui {
  const [text, ...others] = positionals
  const xui = text === undefined || others.length > 0 ? undefined : userNamed(text, readSettings().XDMS_REALM)
  if (xui !== undefined) return xui
  throw new CommandFault(
    text === undefined || others.length > 0
      ? 'One XUI is needed, like sip:alice@example.com.'
      : `"${text}" is no XUI; one is like sip:alice@example.com.`,
    2,
  )
}
