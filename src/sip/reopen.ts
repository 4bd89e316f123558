/** What registered before a restart is still registered: the core says so, until it says otherwise. */
import type { Accounts } from '../access/account.ts'
import type { Xui } from '../names.ts'
import type { Participating } from '../participating/participating.ts'

const ACCOUNTS_AT_ONCE = 200

export async function reopen({
  participating,
  accounts,
  appeared,
}: {
  readonly participating: Pick<Participating, 'registrations'>
  readonly accounts: Pick<Accounts, 'list'>
  readonly appeared: (owner: Xui, device: string, contact: string) => Promise<void>
}): Promise<void> {
  for (let page = await accounts.list('', ACCOUNTS_AT_ONCE); page.length > 0; ) {
    for (const { xui } of page) {
      for (const { device, contact, registered } of await participating.registrations(xui))
        if (registered && contact !== undefined) await appeared(xui, device, contact)
    }
    page = await accounts.list(page.at(-1)?.xui ?? '', ACCOUNTS_AT_ONCE)
  }
}
