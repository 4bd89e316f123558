/** Whose account an address is. */
import type { Accounts } from '../../access/account.ts'
import type { Xui } from '../../names.ts'
import { canonicalXui } from '../../xui.ts'

/** Whose account an address is; `undefined` for somebody who is not ours. */
export async function accountOf(accounts: Accounts, address: string): Promise<Xui | undefined> {
  const xui = canonicalXui(address)
  return xui === undefined ? undefined : (await accounts.find(xui))?.xui
}
