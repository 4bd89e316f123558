/** Who may ask: accounts, their roles and the hashes that Digest needs. Accounts do not lie in homes. */
import type { Xui } from '../names.ts'

export const ROLES = ['user', 'participating-function', 'administrator'] as const
export type Role = (typeof ROLES)[number]

/** Who asks, once that is known. */
export interface Principal {
  readonly xui: Xui
  readonly role: Role
}

/** H(A1) of RFC 7616 §3.4.2 for one user name, in lower-case hex. A password itself is kept nowhere. */
export interface Credential {
  /**
   * What the client sends as `username`: the XUI, the XUI without its scheme, or the user part where the domain is the
   * realm. In a realm other than the first one: and that realm behind it, as `Realms.loginName` writes it.
   */
  readonly userName: string
  readonly md5: string
  readonly sha256: string
}

export interface Account extends Principal {
  readonly credentials: readonly Credential[]
}

/**
 * Implemented in `store/`. Every change is durable when the promise resolves, and holds for the next request, whichever
 * process made it.
 */
export interface Accounts {
  find(xui: Xui): Promise<Account | undefined>
  /** Who logs in under this name, with the credential of that very name. */
  byUserName(userName: string): Promise<{ readonly account: Principal; readonly credential: Credential } | undefined>
  /** In the order of their XUIs, behind `after`. */
  list(after: string, limit: number): Promise<readonly Principal[]>
  /**
   * `taken`: another account logs in under one of the user names; nothing was stored. `last-administrator`: the change
   * would leave none.
   */
  put(account: Account): Promise<'created' | 'changed' | 'taken' | 'last-administrator'>
  remove(xui: Xui): Promise<'removed' | 'unknown' | 'last-administrator'>
  /** How many there are, for the hint at the first start. */
  count(): Promise<number>
  /**
   * Called when accounts may have changed, by this process or (seen within a second) by another. Returns how to stop.
   */
  onChange(listener: () => void): () => void
}

const LISTED_AT_ONCE = 200

/** Everybody who has an account, in the order of the XUIs; who gets one meanwhile may be missing. */
export async function* allAccounts(accounts: Pick<Accounts, 'list'>): AsyncGenerator<Principal> {
  for (let page = await accounts.list('', LISTED_AT_ONCE); page.length > 0; ) {
    yield* page
    page = await accounts.list(page.at(-1)?.xui ?? '', LISTED_AT_ONCE)
  }
}
