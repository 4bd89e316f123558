/** An account is made or changed, and the trail says by whom. */
import type { Account, Accounts } from './account.ts'
import { COMMAND_LINE, type Actor, type Recording, type TrailEntry } from './trail.ts'

/** @param present as it was read for this change; missing for a new account. */
export type ChangeAccount = (
  account: Account,
  present: Account | undefined,
  actor?: Actor,
) => ReturnType<Accounts['put']>

export function createChangeAccount(accounts: Pick<Accounts, 'put'>, record: Recording): ChangeAccount {
  return async (account, present, actor = COMMAND_LINE) => {
    const outcome = await accounts.put(account)
    if (outcome === 'created' || outcome === 'changed') await record(actor, [accountEntry(account, present)])
    return outcome
  }
}

/** What the trail says of it. */
export function accountEntry({ xui: user, role, credentials }: Account, present: Account | undefined): TrailEntry {
  if (present === undefined) return { what: 'account-made', user, after: { role } }
  const password = credentials === present.credentials ? 'as before' : 'another one'
  return { what: 'account-changed', user, before: { role: present.role }, after: { role, password } }
}
