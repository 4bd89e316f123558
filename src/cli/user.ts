/** `user add | list | password | remove`: accounts by hand, also while a server runs on the same store. */
import { parseArgs } from 'node:util'
import type { Role } from '../access/account.ts'
import { credentialsFor } from '../access/credentials.ts'
import { assemble, type Assembled } from '../assemble.ts'
import { readSettings } from '../config.ts'
import type { Xui } from '../names.ts'
import { didYouMean } from '../similar.ts'
import { canonicalXui } from '../xui.ts'
import { mustBeThere } from './existing.ts'
import { CommandFault } from './fault.ts'
import { readPassword, type Terminal } from './terminal.ts'

const ROLES: readonly Role[] = ['user', 'participating-function', 'administrator']
const DOCUMENTS = ['keep', 'delete'] as const
const PAGE = 100

type Work = (assembled: Assembled, terminal: Terminal) => Promise<void>

const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => Work> = new Map([
  ['add', readAdd],
  ['list', readList],
  ['password', readChange],
  ['remove', readRemove],
])

/** Reads the words first, then opens the store: a command that is not understood touches nothing. */
export async function user(words: readonly string[], terminal: Terminal): Promise<number> {
  const [what = '', ...rest] = words
  const read = COMMANDS.get(what)
  if (read === undefined)
    throw new CommandFault(
      what === ''
        ? `After "user" comes add, list, password or remove.`
        : `After "user" comes add, list, password or remove, not "${what}".${didYouMean(what, [...COMMANDS.keys()])}`,
      2,
    )
  const work = read(rest)
  const settings = readSettings()
  if (what !== 'add') await mustBeThere(settings)
  const assembled = await assemble(settings)
  try {
    terminal.say(`store: ${assembled.store.path}`)
    await work(assembled, terminal)
    return 0
  } finally {
    await assembled.close()
  }
}

function readAdd(words: readonly string[]): Work {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { role: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  })
  const xui = readXui(positionals)
  const role = ROLES.find((each) => each === values.role)
  if (role === undefined) throw new CommandFault(`--role is one of ${ROLES.join(', ')}.`, 2)
  return async ({ accounts, changeAccount, settings }, terminal) => {
    if ((await accounts.find(xui)) !== undefined)
      throw new CommandFault(`${xui} has an account already. \`user password\` changes its password.`, 1)
    const password = await readPassword(terminal, values['password-stdin'] === true, xui)
    const credentials = credentialsFor(xui, settings.XDMS_REALM, password)
    const outcome = await changeAccount({ xui, role, credentials }, undefined)
    if (outcome === 'names-a-list') throw new CommandFault(`${xui} is the URI of a list service.`, 1)
    if (outcome === 'taken')
      throw new CommandFault(`Somebody else logs in under one of the names of ${xui}: ${namesOf(credentials)}.`, 1)
    terminal.say(`added ${xui} (${role}), who logs in as ${namesOf(credentials)}`)
  }
}

function readChange(words: readonly string[]): Work {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { 'password-stdin': { type: 'boolean' } },
  })
  const xui = readXui(positionals)
  return async ({ accounts, changeAccount, settings }, terminal) => {
    const account = await accounts.find(xui)
    if (account === undefined) throw new CommandFault(`${xui} has no account.`, 1)
    const password = await readPassword(terminal, values['password-stdin'] === true, xui)
    await changeAccount({ ...account, credentials: credentialsFor(xui, settings.XDMS_REALM, password) }, account)
    terminal.say(`changed the password of ${xui}`)
  }
}

function readList(words: readonly string[]): Work {
  parseArgs({ args: [...words], options: {} })
  return async ({ accounts }, terminal) => {
    let after = ''
    for (;;) {
      const page = await accounts.list(after, PAGE)
      for (const { xui, role } of page) terminal.say(`${xui}\t${role}`)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = last.xui
    }
  }
}

function readRemove(words: readonly string[]): Work {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { documents: { type: 'string' } },
  })
  const xui = readXui(positionals)
  const documents = DOCUMENTS.find((each) => each === values.documents)
  if (documents === undefined)
    throw new CommandFault('--documents is keep or delete: what becomes of his documents is yours to say.', 2)
  return async ({ removeUser }, terminal) => {
    const outcome = await removeUser(xui, documents)
    if (outcome === 'unknown') throw new CommandFault(`${xui} has no account.`, 1)
    if (outcome === 'last-administrator')
      throw new CommandFault(`${xui} is the last administrator. Make another one first.`, 1)
    terminal.say(`removed ${xui}; his documents are ${documents === 'keep' ? 'kept' : 'deleted'}`)
  }
}

function readXui(positionals: readonly string[]): Xui {
  const [text, ...others] = positionals
  const xui = text === undefined || others.length > 0 ? undefined : canonicalXui(text)
  if (xui !== undefined) return xui
  throw new CommandFault(
    text === undefined || others.length > 0
      ? 'One XUI is needed, like sip:alice@example.com.'
      : `"${text}" is no XUI; one is like sip:alice@example.com.`,
    2,
  )
}

function namesOf(credentials: readonly { readonly userName: string }[]): string {
  return credentials.map(({ userName }) => userName).join(' or ')
}
