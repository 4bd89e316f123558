/** Who a command is to another server: `--as XUI`, with a password asked for or from standard input. */
import type { WatcherLogin } from '../client/login.ts'
import { canonicalXui } from '../xui.ts'
import { CommandFault } from './fault.ts'
import { readPassword, type Terminal } from './terminal.ts'

export const LOGIN_OPTIONS = { as: { type: 'string' }, 'password-stdin': { type: 'boolean' } } as const

/** @throws CommandFault */
export async function readLogin(
  values: { readonly as?: string | undefined; readonly 'password-stdin'?: boolean | undefined },
  terminal: Terminal,
): Promise<WatcherLogin> {
  const user = canonicalXui(values.as ?? '')
  if (user === undefined) throw new CommandFault('--as XUI says who you are, such as sip:alice@example.com.', 2)
  return { user, password: await readPassword(terminal, values['password-stdin'] === true, user) }
}

/** @throws CommandFault */
export function readUrl(option: string, text: string | undefined): string {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new CommandFault(`--${option} is the address of the server, such as https://xdms.example.com.`, 2)
  return url.href.replace(/\/+$/, '')
}
