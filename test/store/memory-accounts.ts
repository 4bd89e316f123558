/** Accounts in memory, for the same oracle. */
import assert from 'node:assert/strict'
import type { Account, Accounts, Principal } from '../../src/access/account.ts'
import type { PlainListeners, Process } from './memory.ts'
import { frozen, inOrder } from './plain.ts'

export function accountsOf({ disk, read, write }: Process, changed: PlainListeners): Accounts {
  const { accounts } = disk
  const isLastAdministrator = (xui: string): boolean =>
    accounts.get(xui)?.role === 'administrator' &&
    [...accounts.values()].filter((account) => account.role === 'administrator').length === 1
  const principal = ({ xui, role }: Account): Principal => ({ xui, role })
  return {
    find: (xui) => read(() => accounts.get(xui)),
    byUserName: (userName) =>
      read(() => {
        for (const account of accounts.values()) {
          const credential = account.credentials.find((candidate) => candidate.userName === userName)
          if (credential !== undefined) return { account: principal(account), credential }
        }
        return undefined
      }),
    list: (after, limit) =>
      read(() =>
        [...accounts.values()]
          .filter(({ xui }) => xui > after)
          .sort((a, b) => inOrder(a.xui, b.xui))
          .slice(0, limit)
          .map(principal),
      ),
    async put(account) {
      const outcome = await write(() => {
        const wanted = new Set(account.credentials.map(({ userName }) => userName))
        assert.equal(wanted.size, account.credentials.length, 'a user name stands once in an account')
        if (
          [...accounts.values()].some(
            (other) => other.xui !== account.xui && other.credentials.some(({ userName }) => wanted.has(userName)),
          )
        )
          return 'taken'
        if (account.role !== 'administrator' && isLastAdministrator(account.xui)) return 'last-administrator'
        const kind = accounts.has(account.xui) ? 'changed' : 'created'
        accounts.set(account.xui, frozen(structuredClone(account)))
        return kind
      })
      if (outcome === 'created' || outcome === 'changed') changed.tell()
      return outcome
    },
    async remove(xui) {
      const outcome = await write(() => {
        if (!accounts.has(xui)) return 'unknown'
        if (isLastAdministrator(xui)) return 'last-administrator'
        accounts.delete(xui)
        return 'removed'
      })
      if (outcome === 'removed') changed.tell()
      return outcome
    },
    count: () => read(() => accounts.size),
    onChange: changed.add,
  }
}
