/** `user import FILE`: accounts from a table, `xui,role,password` in each line. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { ROLES, type Role } from '../access/account.ts'
import { credentialsIn } from '../access/credentials.ts'
import { stopwatch } from '../clock.ts'
import { readSettings, realmsOf } from '../config.ts'
import type { Xui } from '../names.ts'
import { userNamed } from '../xui.ts'
import { CommandFault } from './fault.ts'
import { readFile } from './file-word.ts'
import type { StoreWork } from './on-store.ts'
import { createProgress } from './progress.ts'

/** Written together: the store makes those durable at once that come at once. */
const AT_ONCE = 256

interface Row {
  readonly line: number
  readonly xui: Xui
  readonly role: Role
  readonly password: string
}

/**
 * The whole table is read before anything is made; who has an account already keeps it, so an import that was
 * interrupted goes on when it is run again.
 */
export function readImport(words: readonly string[]): StoreWork {
  const file = readFile(words)
  const rows = rowsOf(file, readSettings().XDMS_REALM)
  return async ({ accounts, changeAccount, settings }, terminal) => {
    const progress = createProgress(terminal, stopwatch)
    const refused: string[] = []
    let [made, present] = [0, 0]
    for (let at = 0; at < rows.length; at += AT_ONCE) {
      const outcomes = await Promise.all(
        rows.slice(at, at + AT_ONCE).map(async ({ line, xui, role, password }) => {
          if ((await accounts.find(xui)) !== undefined) return 'present'
          const credentials = credentialsIn(realmsOf(settings), xui, password)
          const outcome = await changeAccount({ xui, role, credentials }, undefined)
          if (outcome === 'taken') refused.push(`line ${line}: somebody else logs in under one of the names of ${xui}`)
          if (outcome === 'names-a-list') refused.push(`line ${line}: ${xui} is the URI of a list service`)
          return outcome
        }),
      )
      made += outcomes.filter((each) => each === 'created').length
      present += outcomes.filter((each) => each === 'present').length
      progress.show('making accounts', Math.min(at + AT_ONCE, rows.length), rows.length)
    }
    progress.end()
    terminal.say(`made ${made} accounts; ${present} were there already, and stay as they are`)
    if (refused.length > 0) throw new CommandFault(refused.join('\n'), 1)
  }
}

function rowsOf(file: string, realm: string): readonly Row[] {
  const faults: string[] = []
  const lines = new Map<Xui, number>()
  const rows = table(file).flatMap((record, index): readonly Row[] => {
    const [name = '', roleName = '', password = '', ...others] = record
    const line = index + 1
    if (line === 1 && name === 'xui') return []
    const xui = userNamed(name, realm)
    const role = ROLES.find((each) => each === roleName)
    if (xui === undefined || role === undefined || password === '' || others.length > 0) {
      const wanted =
        xui === undefined ? `"${name}" is no XUI` : `wanted is xui,role,password; a role is ${ROLES.join(', ')}`
      faults.push(`line ${line}: ${wanted}`)
      return []
    }
    const before = lines.get(xui)
    if (before !== undefined) faults.push(`line ${line}: ${xui} stands in line ${before} already`)
    lines.set(xui, line)
    return [{ line, xui, role, password }]
  })
  const [first] = faults
  if (first === undefined) return rows
  const more = faults.length > 1 ? ` And ${faults.length - 1} more.` : ''
  throw new CommandFault(`${file}: ${first}.${more} Nothing was made.`, 1)
}

function table(file: string): readonly (readonly string[])[] {
  try {
    const bytes = readFileSync(file)
    // Other bytes would be kept as another password.
    if (!isUtf8(bytes)) throw new Error('it is not in UTF-8')
    const options = { bom: true, relax_column_count: true, skip_empty_lines: false, trim: false }
    return parse(bytes, options) as unknown as readonly (readonly string[])[]
  } catch (error) {
    throw new CommandFault(`${file} cannot be read: ${(error as Error).message}`, 1)
  }
}
