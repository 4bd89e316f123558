/** May the user do this? The table of the API's "Who may", RFC 4825 §5.7. */
import type { Owner } from '../names.ts'
import { Refused } from '../refusal.ts'
import { unknownUser } from '../xui.ts'
import type { ApplicationUsage } from '../xcap/application-usage.ts'
import type { Accounts, Principal, Role } from './account.ts'

export type AccessAction =
  | 'read-documents'
  | 'write-documents'
  | 'read-registrations'
  | 'write-registrations'
  /** To open an inbox, and to say that a message was received. */
  | 'read-inbox'
  /** Messages and what waits, preferences in force, decisions: what concerns the owner as a recipient. */
  | 'read-messages'
  /** `owner` `global`: those of everybody. */
  | 'read-changes'
  /** Across users; participating functions see what they brought. */
  | 'search-messages'
  /** `owner` `global`: the list of them. */
  | 'manage-accounts'
  | 'read-policy'
  | 'write-policy'

/**
 * `own`: where the principal is the owner; `users`: any user's; `all`: any user's, and what lies in the global tree.
 */
type Extent = 'none' | 'own' | 'users' | 'all'

const WHO_MAY: Readonly<Record<AccessAction, Readonly<Record<Role, Extent>>>> = {
  'read-documents': { user: 'own', 'participating-function': 'all', administrator: 'all' },
  'write-documents': { user: 'own', 'participating-function': 'none', administrator: 'all' },
  'read-registrations': { user: 'own', 'participating-function': 'users', administrator: 'users' },
  'write-registrations': { user: 'own', 'participating-function': 'users', administrator: 'users' },
  'read-inbox': { user: 'own', 'participating-function': 'users', administrator: 'none' },
  'read-messages': { user: 'own', 'participating-function': 'users', administrator: 'users' },
  'read-changes': { user: 'own', 'participating-function': 'all', administrator: 'all' },
  'search-messages': { user: 'none', 'participating-function': 'all', administrator: 'all' },
  'manage-accounts': { user: 'none', 'participating-function': 'none', administrator: 'all' },
  'read-policy': { user: 'all', 'participating-function': 'all', administrator: 'all' },
  'write-policy': { user: 'none', 'participating-function': 'none', administrator: 'all' },
}

/** Here the owner may have no account: it may be about to be made. */
const TAKE_STRANGERS: ReadonlySet<AccessAction> = new Set<AccessAction>(['manage-accounts'])

/** RFC 4825 §5.7, declared by each application usage for its documents. */
type ReadableBy = ApplicationUsage['readableBy']

export function may(
  principal: Principal,
  action: AccessAction,
  owner: Owner,
  readableBy: ReadableBy = 'owner',
): boolean {
  if (action === 'read-documents' && (readableBy === 'everybody' || (readableBy === 'owner' && owner === 'global')))
    return true
  switch (WHO_MAY[action][principal.role]) {
    case 'none':
      return false
    case 'own':
      return owner === principal.xui
    case 'users':
      return owner !== 'global'
    case 'all':
      return true
  }
}

/**
 * @param readableBy only for `read-documents`.
 * @throws Refused `forbidden`, before anything is looked up, so that it says nothing of what exists; `unknown-user` to
 * participating functions and administrators, who may know.
 */
export async function authorize(
  accounts: Pick<Accounts, 'find'>,
  principal: Principal,
  action: AccessAction,
  owner: Owner,
  readableBy: ReadableBy = 'owner',
): Promise<void> {
  if (!may(principal, action, owner, readableBy))
    throw new Refused({ kind: 'forbidden', detail: 'You may not do this.' })
  if (owner === 'global' || owner === principal.xui || principal.role === 'user' || TAKE_STRANGERS.has(action)) return
  if ((await accounts.find(owner)) === undefined) throw unknownUser(owner)
}

/**
 * For a request that took its time to arrive.
 * @throws Refused `forbidden` where the account has gone since the request was authenticated, or has another role.
 */
export async function mustStillHold(accounts: Pick<Accounts, 'find'>, { xui, role }: Principal): Promise<void> {
  if ((await accounts.find(xui))?.role === role) return
  throw new Refused({ kind: 'forbidden', detail: 'Your account changed while the request was on its way.' })
}
