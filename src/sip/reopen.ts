/** What registered before a restart is still registered: the core says so, until it says otherwise. */
import { allAccounts, type Accounts } from '../access/account.ts'
import type { Xui } from '../names.ts'
import type { Participating } from '../participating/participating.ts'

export async function reopen({
  participating,
  accounts,
  serves,
  appeared,
}: {
  readonly participating: Pick<Participating, 'registrations'>
  readonly accounts: Pick<Accounts, 'list'>
  /** Whose devices are served from here. */
  readonly serves: (owner: Xui) => boolean
  readonly appeared: (owner: Xui, device: string, contact: string) => Promise<void>
}): Promise<void> {
  for await (const { xui } of allAccounts(accounts)) {
    if (!serves(xui)) continue
    for (const { device, contact, registered } of await participating.registrations(xui))
      if (registered && contact !== undefined) await appeared(xui, device, contact)
  }
}
