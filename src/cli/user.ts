/**
 * `user add | list | password | role | unlock | import | remove`: accounts by hand, also while a server runs on the
 * same store.
 */
import { parseArgs } from 'node:util'
import { allAccounts, ROLES, type Role } from '../access/account.ts'
import { credentialsIn } from '../access/credentials.ts'
import { COMMAND_LINE } from '../access/trail.ts'
import { realmsOf } from '../config.ts'
import { CommandFault } from './fault.ts'
import { chooseCommand, onStore, onlyXui, type StoreWork } from './on-store.ts'
import { readPassword, type Terminal } from './terminal.ts'
import { readImport } from './user-import.ts'

const DOCUMENTS = ['keep', 'delete'] as const

/** The first account makes the store. */
const MAKING: readonly string[] = ['add', 'import']

const COMMANDS: ReadonlyMap<string, (words: readonly string[]) => StoreWork> = new Map([
  ['add', readAdd],
  ['list', readList],
  ['password', readChange],
  ['role', readRole],
  ['unlock', readUnlock],
  ['import', readImport],
  ['remove', readRemove],
])

/** Reads the words first, then opens the store: a command that is not understood touches nothing. */
export async function user(words: readonly string[], terminal: Terminal): Promise<number> {
  const [what = '', ...rest] = words
  const work = chooseCommand('user', what, COMMANDS)(rest)
  const said: StoreWork = async (assembled) => {
    terminal.say(`store: ${assembled.store.path}`)
    await work(assembled, terminal)
  }
  return await onStore(said, terminal, MAKING.includes(what))
}

function readAdd(words: readonly string[]): StoreWork {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { role: { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  })
  const xui = onlyXui(positionals)
  const role = readRoleName(values.role)
  return async ({ accounts, changeAccount, settings }, terminal) => {
    if ((await accounts.find(xui)) !== undefined)
      throw new CommandFault(`${xui} has an account already. \`user password\` changes its password.`, 1)
    const password = await readPassword(terminal, values['password-stdin'] === true, xui)
    const credentials = credentialsIn(realmsOf(settings), xui, password)
    const outcome = await changeAccount({ xui, role, credentials }, undefined)
    if (outcome === 'names-a-list') throw new CommandFault(`${xui} is the URI of a list service.`, 1)
    if (outcome === 'taken')
      throw new CommandFault(`Somebody else logs in under one of the names of ${xui}: ${namesOf(credentials)}.`, 1)
    terminal.say(`added ${xui} (${role}), who logs in as ${namesOf(credentials)}`)
  }
}

function readChange(words: readonly string[]): StoreWork {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { 'password-stdin': { type: 'boolean' } },
  })
  const xui = onlyXui(positionals)
  return async ({ accounts, changeAccount, settings }, terminal) => {
    const account = await accounts.find(xui)
    if (account === undefined) throw new CommandFault(`${xui} has no account.`, 1)
    const password = await readPassword(terminal, values['password-stdin'] === true, xui)
    await changeAccount({ ...account, credentials: credentialsIn(realmsOf(settings), xui, password) }, account)
    terminal.say(`changed the password of ${xui}`)
  }
}

function readRole(words: readonly string[]): StoreWork {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { role: { type: 'string' } },
  })
  const xui = onlyXui(positionals)
  const role = readRoleName(values.role)
  return async ({ accounts, changeAccount }, terminal) => {
    const account = await accounts.find(xui)
    if (account === undefined) throw new CommandFault(`${xui} has no account.`, 1)
    if ((await changeAccount({ ...account, role }, account)) === 'last-administrator')
      throw new CommandFault(`${xui} is the last administrator. Make another one first.`, 1)
    terminal.say(`${xui} is ${role} now, and was ${account.role}`)
  }
}

function readUnlock(words: readonly string[]): StoreWork {
  const xui = onlyXui(parseArgs({ args: [...words], allowPositionals: true, options: {} }).positionals)
  return async ({ accounts, record }, terminal) => {
    if ((await accounts.find(xui)) === undefined) throw new CommandFault(`${xui} has no account.`, 1)
    await record(COMMAND_LINE, [{ what: 'account-unlocked', user: xui }])
    terminal.say(`${xui} may log in again: what failed before is forgotten`)
  }
}

function readRoleName(name: string | undefined): Role {
  const role = ROLES.find((each) => each === name)
  if (role === undefined) throw new CommandFault(`--role is one of ${ROLES.join(', ')}.`, 2)
  return role
}

function readList(words: readonly string[]): StoreWork {
  parseArgs({ args: [...words], options: {} })
  return async ({ accounts }, terminal) => {
    for await (const { xui, role } of allAccounts(accounts)) terminal.say(`${xui}\t${role}`)
  }
}

function readRemove(words: readonly string[]): StoreWork {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { documents: { type: 'string' } },
  })
  const xui = onlyXui(positionals)
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

function namesOf(credentials: readonly { readonly userName: string }[]): string {
  return credentials.map(({ userName }) => userName).join(' or ')
}
