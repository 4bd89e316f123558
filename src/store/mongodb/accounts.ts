/**
 * Accounts. What one change may do depends on other accounts (whose user name it is, whether another administrator is
 * left), so all changes are one chain: who puts the next link behind the one that he has seen carried out has decided
 * on what is still true.
 */
import assert from 'node:assert/strict'
import { identifier, type Randomness } from '../../clock.ts'
import { ROLES, type Account, type Accounts, type Principal, type Role } from '../../access/account.ts'
import type { Xui } from '../../names.ts'
import { createQueues } from '../../queue.ts'
import type { Listeners } from '../listeners.ts'
import { createChain } from './chain.ts'
import type { AccountChangeLink, AccountDocument, Collections } from './collections.ts'
import { insertNew } from './inserts.ts'
import type { Deadlines } from './deadlines.ts'
import { unavailable } from './errors.ts'

const CHAIN = 'accounts'
const ROUNDS_AT_MOST = 50

type Present = AccountDocument & { readonly role: Role }
type Change = Pick<AccountChangeLink, 'xui' | 'role' | 'credentials'>

export interface AccountsTable {
  readonly accounts: Accounts
  /** Carries out the last change, if whoever made it died before he did. */
  applyLast(): Promise<void>
}

export function createAccounts(
  collections: Collections,
  random: Randomness,
  { bounded }: Deadlines,
  changed: Listeners<[]>,
): AccountsTable {
  const { present, holderOf, isLastAdministrator, list, count } = createLookups(collections.accounts)
  const { applyLast, change } = createChanges(collections, random, changed)

  async function put({
    xui,
    role,
    credentials,
  }: Account): Promise<'created' | 'changed' | 'taken' | 'last-administrator'> {
    assert.equal(
      new Set(credentials.map(({ userName }) => userName)).size,
      credentials.length,
      'a user name stands once in an account',
    )
    return await change(async () => {
      for (const { userName } of credentials) {
        const holder = await holderOf(userName)
        if (holder !== undefined && holder.xui !== xui) return 'taken'
      }
      if (role !== 'administrator' && (await isLastAdministrator(xui))) return 'last-administrator'
      return { change: { xui, role, credentials }, outcome: (await present(xui)) === undefined ? 'created' : 'changed' }
    })
  }

  async function remove(xui: Xui): Promise<'removed' | 'unknown' | 'last-administrator'> {
    return await change(async () => {
      if ((await present(xui)) === undefined) return 'unknown'
      if (await isLastAdministrator(xui)) return 'last-administrator'
      return { change: { xui, credentials: [] }, outcome: 'removed' }
    })
  }

  return {
    accounts: {
      find: bounded(async (xui) => {
        const account = await present(xui)
        return account && { xui, role: account.role, credentials: account.credentials }
      }),
      byUserName: bounded(async (userName) => {
        const account = await holderOf(userName)
        const credential = account?.credentials.find((one) => one.userName === userName)
        return account && credential && { account: { xui: account.xui, role: account.role }, credential }
      }),
      list: bounded(list),
      count: bounded(count),
      put: bounded(put),
      remove: bounded(remove),
      onChange: changed.add,
    },
    applyLast: async () => void (await applyLast()),
  }
}

function createChanges({ accounts, account_changes: links }: Collections, random: Randomness, changed: Listeners<[]>) {
  const chain = createChain(links)
  const queues = createQueues<string>()

  /** May be done again, and late: a smaller number never counts. */
  async function apply({ revision: number, xui, role, credentials }: AccountChangeLink): Promise<void> {
    const userNames = credentials.map(({ userName }) => userName)
    const account = {
      _id: `${xui} ${number}`,
      xui,
      number,
      credentials,
      userNames,
      ...(role === undefined ? {} : { role }),
    }
    await insertNew<AccountDocument>(accounts, [account])
    await accounts.deleteMany({ xui, number: { $lt: number } })
  }

  async function applyLast(): Promise<AccountChangeLink | undefined> {
    const head = await chain.head(CHAIN)
    if (head !== undefined) await apply(head)
    return head
  }

  /** @param decide on the state that the next change follows: a change and what it is called, or why there is none. */
  async function tryChange<O extends string>(
    decide: () => Promise<O | { readonly change: Change; readonly outcome: O }>,
  ): Promise<O> {
    for (let round = 0; round < ROUNDS_AT_MOST; round++) {
      const head = await applyLast()
      const decision = await decide()
      if (typeof decision === 'string') return decision
      const link = await chain.append(CHAIN, head, identifier(random), decision.change)
      if (link === undefined) continue
      await apply(link)
      await chain.prune(link)
      changed.tell()
      return decision.outcome
    }
    throw unavailable('Too many others are changing accounts at once.')
  }

  const change = <O extends string>(decide: Parameters<typeof tryChange<O>>[0]): Promise<O> =>
    queues.run(CHAIN, () => tryChange(decide))

  return { applyLast, change }
}

function createLookups(accounts: Collections['accounts']) {
  /** The last of that account's documents, if it is there at all. */
  async function present(xui: Xui): Promise<Present | undefined> {
    const documents = await accounts.find({ xui }).sort({ number: 1 }).toArray()
    const last = documents.at(-1)
    return last === undefined || last.role === undefined ? undefined : { ...last, role: last.role }
  }

  async function holderOf(userName: string): Promise<Present | undefined> {
    for (const { xui } of await accounts.find({ userNames: userName }).toArray()) {
      const account = await present(xui)
      if (account?.userNames.includes(userName) === true) return account
    }
    return undefined
  }

  async function isLastAdministrator(xui: Xui): Promise<boolean> {
    if ((await present(xui))?.role !== 'administrator') return false
    for (const other of await accounts.find({ role: 'administrator' }).toArray()) {
      if (other.xui !== xui && (await present(other.xui))?.role === 'administrator') return false
    }
    return true
  }

  const principals = { role: { $in: ROLES } }

  async function list(after: string, limit: number): Promise<readonly Principal[]> {
    const found = await accounts
      .find({ ...principals, xui: { $gt: after as Xui } })
      .sort({ xui: 1, number: 1 })
      .limit(limit)
      .toArray()
    // Where somebody died in the middle of a change both documents are there.
    return found
      .filter(({ xui }, index) => found[index + 1]?.xui !== xui)
      .map(({ xui, role }) => ({ xui, role: role! }))
  }

  return { present, holderOf, isLastAdministrator, list, count: async () => await accounts.countDocuments(principals) }
}
