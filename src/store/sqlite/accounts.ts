/** Accounts, and the names under which they log in. */
import assert from 'node:assert/strict'
import type { Account, Accounts, Credential, Principal, Role } from '../../access/account.ts'
import type { Xui } from '../../names.ts'
import type { Listeners } from '../listeners.ts'
import type { Database } from './driver.ts'
import type { Writer } from './group-commit.ts'
import { translatingErrors } from './trouble.ts'
import type { OthersCommits } from './watch.ts'

interface LoginRow {
  readonly xui: Xui
  readonly role: Role
  readonly user_name: string
  readonly md5: string
  readonly sha256: string
}

interface Login {
  readonly account: Principal
  readonly credential: Credential
}

/** Logins that are kept; somebody who asks at all asks again soon. */
const LOGINS_KEPT = 10_000

export function createAccounts(
  database: Database,
  writer: Writer,
  others: OthersCommits,
  changed: Listeners<[]>,
): Accounts {
  const statements = createStatements(database)
  const { roleOf, credentialsOf, otherAdministrator } = statements
  const logins = createLogins(database, others)
  const roleNow = (xui: Xui) => (roleOf.get(xui) as { role: Role } | undefined)?.role

  function find(xui: Xui): Account | undefined {
    const role = roleNow(xui)
    return role && { xui, role, credentials: (credentialsOf.all(xui) as LoginRow[]).map(credential) }
  }

  /** Within a transaction, as is the next. */
  function decidePut({ xui, role, credentials }: Account): 'created' | 'changed' | 'taken' | 'last-administrator' {
    assert.equal(
      new Set(credentials.map(({ userName }) => userName)).size,
      credentials.length,
      'a user name stands once in an account',
    )
    const before = roleNow(xui)
    const holders = credentials.map(({ userName }) => logins.read(userName)?.xui)
    if (holders.some((holder) => holder !== undefined && holder !== xui)) return 'taken'
    if (role !== 'administrator' && isLastAdministrator(xui, before)) return 'last-administrator'
    logins.forget()
    statements.put.run(xui, role)
    statements.removeNames.run(xui)
    for (const { userName, md5, sha256 } of credentials) statements.putName.run(userName, xui, md5, sha256)
    return before === undefined ? 'created' : 'changed'
  }

  function decideRemove(xui: Xui): 'removed' | 'unknown' | 'last-administrator' {
    const role = roleNow(xui)
    if (role === undefined) return 'unknown'
    if (isLastAdministrator(xui, role)) return 'last-administrator'
    logins.forget()
    statements.remove.run(xui)
    statements.removeNames.run(xui)
    return 'removed'
  }

  function isLastAdministrator(xui: Xui, role: Role | undefined): boolean {
    return role === 'administrator' && otherAdministrator.get(xui) === undefined
  }

  return {
    find: translatingErrors(find),
    byUserName: translatingErrors(logins.known),
    list: translatingErrors((after, limit) =>
      (statements.list.all(after, limit) as Principal[]).map(({ xui, role }) => ({ xui, role })),
    ),
    count: translatingErrors(() => (statements.count.get() as { count: number }).count),
    async put(account) {
      const outcome = await writer.write(() => decidePut(account))
      if (outcome === 'created' || outcome === 'changed') changed.tell()
      return outcome
    },
    async remove(xui) {
      const outcome = await writer.write(() => decideRemove(xui))
      if (outcome === 'removed') changed.tell()
      return outcome
    },
    onChange: changed.add,
  }
}

function createStatements(database: Database) {
  return {
    roleOf: database.prepare('SELECT role FROM accounts WHERE xui = ?'),
    credentialsOf: database.prepare('SELECT user_name, md5, sha256 FROM user_names WHERE xui = ? ORDER BY rowid'),
    list: database.prepare('SELECT xui, role FROM accounts WHERE xui > ? ORDER BY xui LIMIT ?'),
    count: database.prepare('SELECT count(*) AS count FROM accounts'),
    otherAdministrator: database.prepare("SELECT 1 FROM accounts WHERE role = 'administrator' AND xui <> ? LIMIT 1"),
    put: database.prepare('INSERT OR REPLACE INTO accounts (xui, role) VALUES (?, ?)'),
    remove: database.prepare('DELETE FROM accounts WHERE xui = ?'),
    putName: database.prepare('INSERT INTO user_names (user_name, xui, md5, sha256) VALUES (?, ?, ?, ?)'),
    removeNames: database.prepare('DELETE FROM user_names WHERE xui = ?'),
  }
}

/**
 * Who logs in under a name. Every request asks; what was read holds until somebody changes something: this process, or
 * another one.
 */
function createLogins(database: Database, others: OthersCommits) {
  const select = database.prepare(
    'SELECT accounts.xui, role, user_name, md5, sha256 FROM user_names JOIN accounts ON accounts.xui = ' +
      'user_names.xui WHERE user_name = ?',
  )
  const kept = new Map<string, Login>()
  let seen = 0
  const read = (userName: string) => select.get(userName) as LoginRow | undefined
  return {
    read,
    known(userName: string): Login | undefined {
      const now = others.now()
      if (now !== seen || kept.size >= LOGINS_KEPT) kept.clear()
      seen = now
      const known = kept.get(userName)
      if (known !== undefined) return known
      const row = read(userName)
      if (row === undefined) return undefined
      const login = { account: { xui: row.xui, role: row.role }, credential: credential(row) }
      kept.set(userName, login)
      return login
    },
    /** This process is changing accounts. */
    forget: () => kept.clear(),
  }
}

function credential(row: LoginRow): Credential {
  return { userName: row.user_name, md5: row.md5, sha256: row.sha256 }
}
