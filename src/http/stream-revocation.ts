/** Whether those who hold a stream open still may: checked whenever accounts may have changed. */
import type { Account, Accounts, Principal } from '../access/account.ts'
import type { Xui } from '../names.ts'
import { oneAtATime } from '../queue.ts'
import { Refused } from '../refusal.ts'

export interface StreamRevocation {
  /**
   * `lost` is called once, when the principal's account or role or password is no longer what it is now, or when
   * `about` has no account any more.
   * @returns how to stop watching.
   * @throws Refused `unauthenticated`, where that has happened since he was asked who he is.
   */
  watch(principal: Principal, about: Xui | undefined, lost: () => void): Promise<() => void>
  close(): void
}

interface Holder {
  readonly xui: Xui
  readonly account: string
  readonly about: Xui | undefined
  readonly lost: () => void
}

export function createStreamRevocation(accounts: Accounts, failed: (error: unknown) => void): StreamRevocation {
  const holders = new Set<Holder>()

  const checkHolders = oneAtATime(async () => {
    const known = new Map<Xui, Account | undefined>()
    const find = async (xui: Xui): Promise<Account | undefined> => {
      if (!known.has(xui)) known.set(xui, await accounts.find(xui))
      return known.get(xui)
    }
    for (const holder of [...holders]) {
      const stands =
        textOf(await find(holder.xui)) === holder.account &&
        (holder.about === undefined || (await find(holder.about)) !== undefined)
      if (stands || !holders.delete(holder)) continue
      holder.lost()
    }
  })

  const close = accounts.onChange(() => void checkHolders().catch(failed))

  return {
    async watch(principal, about, lost) {
      const account = await accounts.find(principal.xui)
      if (account?.role !== principal.role) {
        throw new Refused({ kind: 'unauthenticated', detail: 'This account is no longer what it was.', challenges: [] })
      }
      const holder: Holder = { xui: principal.xui, account: textOf(account), about, lost }
      holders.add(holder)
      return () => void holders.delete(holder)
    },
    close,
  }
}

function textOf(account: Account | undefined): string {
  if (account === undefined) return ''
  return [account.role, ...account.credentials.map(({ userName, sha256 }) => `${userName} ${sha256}`).sort()].join(' ')
}
