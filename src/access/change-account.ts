/** An account is made or changed, and the trail says by whom. */
import type { Xui } from '../names.ts'
import type { Account, Accounts } from './account.ts'
import { COMMAND_LINE, type Actor, type Recording, type TrailEntry } from './trail.ts'

/**
 * @param present as it was read for this change; missing for a new account.
 * @returns also `names-a-list`: the XUI of a new account is the URI of a list service (RFC 4826 §4.4.5).
 */
export type ChangeAccount = (
  account: Account,
  present: Account | undefined,
  actor?: Actor,
) => Promise<Awaited<ReturnType<Accounts['put']>> | 'names-a-list'>

/**
 * @param isFree whether the name may be a user's. It is his for a minute then, so that nobody makes a service of it
 * meanwhile; after that he has an account, and no service may have its URI.
 */
export function createChangeAccount(
  accounts: Pick<Accounts, 'put'>,
  record: Recording,
  isFree: (xui: Xui) => Promise<boolean>,
): ChangeAccount {
  return async (account, present, actor = COMMAND_LINE) => {
    if (present === undefined && !(await isFree(account.xui))) return 'names-a-list'
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
